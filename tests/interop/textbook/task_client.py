# A solution of paper 004's task: reads from the keyboard, then from the server, in turns, until EXIT
# or until the server leaves.
import socket
import sys

cli_sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
cli_sock.connect(('127.0.0.1', int(sys.argv[1])))
try:
    while True:
        line = input()
        if line == 'EXIT':
            break
        cli_sock.sendall(line.encode('utf-8'))
        response = cli_sock.recv(1024)
        if not response:
            break
        print(response.decode('utf-8'))
except OSError as error:
    print('network error:', error)
cli_sock.close()
