# Follows UDP_Client of paper 003, question 1: sends one datagram and waits for one.
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b"I could tell you a UDP joke but I'm not sure you'll get it.",
         ('127.0.0.1', int(sys.argv[1])))
message, addr = s.recvfrom(1024)
print('Client received MESSAGE=', message.decode(), 'from ADDR=', addr)
s.close()
