# Follows paper 003, question 8: a chat window with a thread for what others say. Nothing that is
# sent ends in a line end.
import socket
import sys
import threading

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(('127.0.0.1', int(sys.argv[1])))


def receive():
    while True:
        message = s.recv(1024).decode()
        if not message:
            break
        print(message)


s.send(input('Enter Your Name:').encode())
thread = threading.Thread(target=receive)
thread.start()
while True:
    line = input()
    s.send(line.encode())
    if line == 'quit':
        break
thread.join()
s.close()
