# Follows TCP_Client of paper 003, question 4: knocks, and prints what one receive returns.
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(('127.0.0.1', int(sys.argv[1])))
s.send(b'Knock Knock..')
print('CLIENT RECEIVED:', s.recv(1024).decode())
s.close()
