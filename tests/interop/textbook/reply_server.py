# Follows Server4 of paper 002: select(), as Server3, but a request is sent back with a few words.
import select
import socket
import sys

FORMAT = 'utf-8'

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setblocking(False)
server.bind(('127.0.0.1', int(sys.argv[1])))
server.listen()
print('listening on', server.getsockname()[1])
inputs = [server]
names = {}
while True:
    readable, _, _ = select.select(inputs, [], [])
    for sock in readable:
        if sock is server:
            conn, addr = sock.accept()
            conn.setblocking(False)
            inputs.append(conn)
            names[conn] = addr
            print('[INCOMING CONNECTION] from', addr)
            continue
        req = sock.recv(1024).decode(FORMAT).strip()
        print('Client', names[sock], 'sent ->', req)
        if req in ('', 'quit()'):
            sock.sendall(req.encode(FORMAT))
            print('[CLOSING CONNECTION] on client', names[sock], 'request')
            inputs.remove(sock)
            sock.close()
            continue
        sock.sendall(('Request received as : ' + req + '\n').encode(FORMAT))
