# Mistakes that make both programs wait for ever. Arguments: which role, and the port.
import socket
import sys
import time

role, port = sys.argv[1], int(sys.argv[2])
address = ('127.0.0.1', port)

if role == 'receiving-server':  # waits for the client to speak first
    connection, _ = socket.create_server(address).accept()
    print(connection.recv(1024))
elif role == 'receiving-client':  # waits for the server to speak first
    connection = socket.create_connection(address)
    print('waits', flush=True)
    print(connection.recv(1024))
elif role == 'deaf-server':  # forgets to accept
    listener = socket.create_server(address)
    time.sleep(1000)
elif role == 'lineless-server':  # forgets the end of the line
    connection, _ = socket.create_server(address).accept()
    connection.sendall(b'Hello ' + connection.recv(1024))
    connection.recv(1024)
elif role == 'line-client':  # waits for the end of the line
    connection = socket.create_connection(address)
    connection.sendall(b'Ada')
    print(connection.makefile().readline())
