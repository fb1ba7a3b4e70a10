# Follows TCP_Server of paper 003, question 4: it asks who is there, spelt as the paper has it, and
# never hears the answer.
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.bind(('127.0.0.1', int(sys.argv[1])))
s.listen(1)
print('listening on', s.getsockname()[1])
print('Server started...waiting for a connection from the client')
conn, addr = s.accept()
print('Connection initiated from', addr)
print('SERVER RECEIVED:', conn.recv(1024).decode())
conn.send(b'Whose there?')
conn.close()
s.close()
