# The server of paper 000's homework, with its "Press enter to proceed". The port is an argument.
import socket
import sys

HOST = '127.0.0.1'
PORT = int(sys.argv[1])

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    conn, addr = s.accept()
    with conn:
        print('Connected by', addr)
        while True:
            data = conn.recv(1024)
            if not data:
                break
            print("Received {} from client:{}".format(data, HOST))
            input("Press enter to proceed")
            conn.sendall(data)
