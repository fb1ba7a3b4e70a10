# Follows "A One-on-One Chat Server" of paper 001's slides: a greeting, then a message and an answer
# in turns. Nothing that is sent ends in a line end, and an empty answer is no message at all.
import sys
from codecs import decode
from socket import *

BUFSIZE = 1024

server = socket(AF_INET, SOCK_STREAM)
server.bind(('127.0.0.1', int(sys.argv[1])))
server.listen(5)
print('listening on', server.getsockname()[1])
while True:
    print('Waiting for connection . . . ')
    client, address = server.accept()
    print('... connected from:', address)
    client.send(bytes('Welcome to my chat room!', 'ascii'))

    while True:
        message = decode(client.recv(BUFSIZE), 'ascii')
        if not message:
            print('Client disconnected')
            client.close()
            break
        else:
            print(message)
            client.send(bytes(input('> '), 'ascii'))
