# Follows Server2 of paper 002: arithmetic, with a thread for each client. It hands the peer's text
# to eval(), as Server1 does.
import socket
import sys
import threading

FORMAT = 'utf-8'


def handle(conn, addr):
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
        print('Response sent to', addr)
    conn.close()
    print('[CONNECTION CLOSED] at', addr)


server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(('127.0.0.1', int(sys.argv[1])))
server.listen()
print('listening on', server.getsockname()[1])
while True:
    connection, address = server.accept()
    threading.Thread(target=handle, args=(connection, address), daemon=True).start()
    print('[ACTIVE CONNECTIONS]', threading.active_count() - 1)
