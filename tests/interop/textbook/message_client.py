# Follows myclient.py of paper 004: sends its last argument and leaves.
import socket
import sys

cli_sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
cli_sock.connect(('127.0.0.1', int(sys.argv[1])))
cli_sock.sendall(sys.argv[2].encode('utf-8'))
cli_sock.close()
