# Follows "A One-on-One Therapy Server" of paper 001's slides, with a doctor of two sentences.
import sys
from codecs import decode
from socket import *

BUFSIZE = 1024


class Doctor:
    def greeting(self):
        return 'Good morning, how can I help you today?'

    def reply(self, message):
        return 'Why do you say that ' + message.lower().replace('my', 'your') + '?'


server = socket(AF_INET, SOCK_STREAM)
server.bind(('127.0.0.1', int(sys.argv[1])))
server.listen(5)
print('listening on', server.getsockname()[1])
while True:
    print('Waiting for connection . . . ')
    client, address = server.accept()
    print('... connected from:', address)
    dr = Doctor()
    client.send(bytes(dr.greeting(), 'ascii'))

    while True:
        message = decode(client.recv(BUFSIZE), 'ascii')
        if not message:
            print('Client disconnected')
            client.close()
            break
        else:
            client.send(bytes(dr.reply(message), 'ascii'))
