# Follows UDP_Server of paper 003, question 1: one datagram, which is answered Ok.
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', int(sys.argv[1])))
print('listening on', s.getsockname()[1])
print('Server started...waiting for a connection from the client')
message, addr = s.recvfrom(1024)
print('Server received MESSAGE=', message.decode(), 'from ADDR=', addr)
s.sendto(b'Ok', addr)
s.close()
