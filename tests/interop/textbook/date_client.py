# Follows paper 003, question 3: asks for the date and the time over UDP, then says q.
import socket
import sys

addr = ('127.0.0.1', int(sys.argv[1]))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for request in ['SEND_DATE', 'SEND_TIME', 'SEND_DATE']:
    s.sendto(request.encode(), addr)
    message, server = s.recvfrom(1024)
    print('Client received MESSAGE=', message.decode(), 'from ADDR=', server)
s.sendto(b'q', addr)
s.close()
