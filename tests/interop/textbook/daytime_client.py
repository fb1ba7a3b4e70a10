# Follows "A Day/Time Client" of paper 001's slides: one receive is the whole answer.
import sys
from codecs import decode
from socket import *

HOST = 'localhost'
BUFSIZE = 1024
ADDRESS = (HOST, int(sys.argv[1]))

server = socket(AF_INET, SOCK_STREAM)
server.connect(ADDRESS)
dayAndTime = decode(server.recv(BUFSIZE), 'ascii')
print(dayAndTime)
server.close()
