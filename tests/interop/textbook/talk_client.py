# Follows "A One-on-One Chat Client" of paper 001's slides, which is also the therapy server's
# client. It waits for a greeting first; an empty message of either side ends it.
import sys
from codecs import decode
from socket import *

BUFSIZE = 1024

server = socket(AF_INET, SOCK_STREAM)
server.connect(('127.0.0.1', int(sys.argv[1])))
print(decode(server.recv(BUFSIZE), 'ascii'))

while True:
    message = input('> ')
    if not message:
        break
    server.send(bytes(message, 'ascii'))
    reply = decode(server.recv(BUFSIZE), 'ascii')
    if not reply:
        break
    print(reply)
server.close()
