# Follows "A Day/Time Server" of paper 001's slides, for one client. It sends and closes at once.
import sys
from socket import *
from time import ctime

HOST = '127.0.0.1'
ADDRESS = (HOST, int(sys.argv[1]))

server = socket(AF_INET, SOCK_STREAM)
server.bind(ADDRESS)
server.listen(5)
print('listening on', server.getsockname()[1])
print('Waiting for connection . . . ')
client, address = server.accept()
print('... connected from:', address)
client.send(bytes(ctime() + '\nHave a nice day!', 'ascii'))
client.close()
server.close()
