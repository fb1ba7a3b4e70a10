# Follows Server3 of paper 002: arithmetic for many clients in one thread, with select() and sockets
# that do not block. exit() from any client stops it. It hands the peer's text to eval(), as Server1
# does.
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
outputs = []
answers = {}
names = {}
running = True
while running:
    readable, writable, _ = select.select(inputs, outputs, [])
    for sock in readable:
        if sock is server:
            conn, addr = sock.accept()
            conn.setblocking(False)
            inputs.append(conn)
            names[conn] = addr
            print('[INCOMING CONNECTION] from', addr)
            continue
        req = sock.recv(1024).decode(FORMAT).strip()
        if req:
            print('Client', names[sock], 'sent ->', req)
        if req in ('', 'quit()', 'exit()'):
            sock.sendall(req.encode(FORMAT))
            print('[CLOSING CONNECTION] on client', names[sock], 'request')
            inputs.remove(sock)
            sock.close()
            running = running and req != 'exit()'
            continue
        answers[sock] = 'Answer is ' + str(eval(req)) + '\n'
        outputs.append(sock)
    for sock in writable:
        outputs.remove(sock)
        sock.sendall(answers.pop(sock).encode(FORMAT))
server.close()
