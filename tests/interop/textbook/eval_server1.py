# Follows Server1 of paper 002: arithmetic for one client after the other; whoever comes second waits
# until the first has left. Like the paper's it hands the peer's text to eval(), which runs anything
# and not only arithmetic: for tests on one machine.
import socket
import sys

FORMAT = 'utf-8'

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(('127.0.0.1', int(sys.argv[1])))
server.listen()
print('listening on', server.getsockname()[1])
while True:
    conn, addr = server.accept()
    print('[NEW CONNECTION] at', addr, 'connected')
    while True:
        req = conn.recv(1024).decode(FORMAT).strip()
        if not req:
            break
        if req == 'quit()':
            conn.sendall('quit()'.encode(FORMAT))
            break
        print('Client', addr, 'sent ->', req)
        conn.sendall(('Answer is ' + str(eval(req)) + '\n').encode(FORMAT))
    conn.close()
    print('[CONNECTION CLOSED] at', addr)
