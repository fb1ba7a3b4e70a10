# Follows the client of paper 000's homework: sends one message and prints what one receive returns.
import socket
import sys

HOST = 'localhost'

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.connect((HOST, int(sys.argv[1])))
    print("I am going to send Hello world!")
    s.sendall(b'Hello, world')
    data = s.recv(1024)
print('Received', repr(data))
