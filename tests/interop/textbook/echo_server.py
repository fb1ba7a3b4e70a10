# Follows the server of paper 000's homework: echo, one client, 1,024 bytes at a time. The port is an
# argument (0: any) and printed; "Press enter to proceed" is left out.
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
            print("Received {} from client:{}".format(data, HOST))
            conn.sendall(data)
