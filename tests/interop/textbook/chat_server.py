# Follows paper 003, question 8: a chat room with a thread for each client. Every receive is a
# message, and nothing that is sent ends in a line end.
import socket
import sys
import threading

clients = {}
lock = threading.Lock()


def broadcast(message, sender):
    with lock:
        for client in clients:
            if client is not sender:
                client.send(message.encode())


def handle(client, addr):
    name = client.recv(1024).decode()
    with lock:
        clients[client] = name
    print(addr, 'has connected')
    broadcast(name + ' has joined the chat.', client)
    while True:
        message = client.recv(1024).decode()
        if not message or message == 'quit':
            break
        broadcast(name + ': ' + message, client)
    with lock:
        del clients[client]
    broadcast(name + ' has left the chat.', client)
    print(name + ' has left the chat.')
    client.close()


server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(('127.0.0.1', int(sys.argv[1])))
server.listen()
print('listening on', server.getsockname()[1])
while True:
    conn, address = server.accept()
    threading.Thread(target=handle, args=(conn, address), daemon=True).start()
