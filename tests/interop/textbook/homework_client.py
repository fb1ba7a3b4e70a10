# The client of paper 000's homework, with its "Press enter to proceed". The port is an argument.
import socket
import sys

HOST = 'localhost'
PORT = int(sys.argv[1])

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.connect((HOST, PORT))
    print("I am going to send Hello world!")
    input("Press enter to proceed")
    s.sendall(b'Hello, world')
    data = s.recv(1024)
print('Received', repr(data))
