# Follows myserver.py of paper 004: one receive is the message, and there is no answer.
import socket
import sys

srv_sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
srv_sock.bind(("127.0.0.1", int(sys.argv[1])))
srv_sock.listen(5)
print('listening on', srv_sock.getsockname()[1])
while True:
    cli_sock, cli_addr = srv_sock.accept()
    request = cli_sock.recv(1024)
    print(str(cli_addr) + ": " + request.decode('utf-8'))
    cli_sock.close()
