# Follows the server of paper 000, application 1: two questions without any line end.
import socket
import sys

HOST = '127.0.0.1'

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, int(sys.argv[1])))
    s.listen()
    print('listening on', s.getsockname()[1])
    conn, addr = s.accept()
    with conn:
        print('Connected by', addr)
        while True:
            data = conn.recv(1024)
            if not data:
                break
            if data.decode('ascii') == "what is your name?":
                print("Received what is your name")
                print("Send my name")
                conn.sendall(b'My name is OOO')
            elif data.decode('ascii') == "How old are you?":
                print("Received how old are you")
                print("Send my age")
                conn.sendall(b'I am 22')
            else:
                print("Communication Terminated")
                break
