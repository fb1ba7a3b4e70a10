# Follows paper 003, question 3: a UDP server of the date and the time. It ends at q.
import socket
import sys
from datetime import datetime

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', int(sys.argv[1])))
print('listening on', s.getsockname()[1])
print('Server started...waiting for a connection from the client')
while True:
    message, addr = s.recvfrom(1024)
    print('Server received MESSAGE=', message.decode(), 'from ADDR=', addr)
    if message.decode() == 'SEND_DATE':
        s.sendto(datetime.now().strftime('%Y-%m-%d').encode(), addr)
    elif message.decode() == 'SEND_TIME':
        s.sendto(datetime.now().strftime('%H:%M:%S').encode(), addr)
    elif message.decode() == 'q':
        break
    else:
        s.sendto(b'Invalid request', addr)
s.close()
