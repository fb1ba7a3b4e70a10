# A solution of paper 004's task: reads from the client, then from the keyboard, in turns; EXIT at
# this keyboard, or the client's leaving, closes the connection, and the next one is accepted.
import socket
import sys

srv_sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
srv_sock.bind(('127.0.0.1', int(sys.argv[1])))
srv_sock.listen(5)
print('listening on', srv_sock.getsockname()[1])
while True:
    cli_sock, cli_addr = srv_sock.accept()
    print('connected from', cli_addr)
    try:
        while True:
            request = cli_sock.recv(1024)
            if not request:
                break
            print(request.decode('utf-8'))
            line = input()
            if line == 'EXIT':
                break
            cli_sock.sendall(line.encode('utf-8'))
    except OSError as error:
        print('network error:', error)
    cli_sock.close()
    print('waiting for the next')
