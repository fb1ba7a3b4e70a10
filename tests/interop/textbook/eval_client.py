# Follows the client of paper 002: requests end in CR LF, and a response is what one receive returns.
import socket
import sys

FORMAT = 'utf-8'
SERVER = '127.0.0.1'

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect((SERVER, int(sys.argv[1])))
while True:
    req_string = input('Enter request string : ')
    req_string += '\r\n'
    client.sendall(req_string.encode(FORMAT))
    response = client.recv(1024)
    response = response.decode(FORMAT, errors='ignore')
    if response == 'quit()' or response == 'exit()':
        client.close()
        print(f'Closing Connection {SERVER}')
        break
    print(response)
