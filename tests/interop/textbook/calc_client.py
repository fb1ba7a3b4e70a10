# Follows paper 003, question 6: name, then expressions from standard input, until q. Nothing that is
# sent ends in a line end.
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(('127.0.0.1', int(sys.argv[1])))
s.send(input('Enter your name: ').encode())
while True:
    expression = input("Enter an expression (or 'q' to quit): ")
    s.send(expression.encode())
    if expression == 'q':
        break
    print('CLIENT RECEIVED:', s.recv(1024).decode())
print('CLIENT RECEIVED:', s.recv(1024).decode())
s.close()
