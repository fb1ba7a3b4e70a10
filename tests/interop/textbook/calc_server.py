# Follows paper 003, question 6: a stateful calculator for one client. Every receive is a message.
import socket
import sys


def perform_operation(expression):
    try:
        left, operation, right = expression.split()
        left, right = float(left), float(right)
        if operation == '+':
            return str(left + right)
        if operation == '-':
            return str(left - right)
        if operation == '*':
            return str(left * right)
        if operation == '/':
            return str(left / right)
    except (ValueError, ZeroDivisionError):
        pass
    return 'Invalid expression'


s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.bind(('127.0.0.1', int(sys.argv[1])))
s.listen(1)
print('listening on', s.getsockname()[1])
print('Server started...waiting for a connection from the client')
conn, addr = s.accept()
print('Connection initiated from', addr)
name = conn.recv(1024).decode()
print('SERVER RECEIVED:', name)
while True:
    data = conn.recv(1024).decode()
    if not data or data == 'q':
        print('Session ended')
        break
    print('Received request:', data)
    conn.send(perform_operation(data).encode())
conn.close()
s.close()
