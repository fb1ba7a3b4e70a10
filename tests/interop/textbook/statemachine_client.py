# Follows the client of paper 000, application 1: a state machine of five states.
import socket
import sys

HOST = '127.0.0.1'

client_state = ['ask_name', 'asked_name', 'ask_age', 'asked_age', 'termination']
cur_state = 'ask_name'

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.connect((HOST, int(sys.argv[1])))
    print("Greeting with server")
    while True:
        if cur_state == 'ask_name':
            s.sendall(b'what is your name?')
            cur_state = 'asked_name'
        elif cur_state == 'asked_name':
            data = s.recv(1024)
            recv_str = data.decode('ascii')
            if recv_str[:10] == 'My name is':
                cur_state = 'ask_age'
            print(recv_str)
        elif cur_state == 'ask_age':
            s.sendall(b'How old are you?')
            cur_state = 'asked_age'
        elif cur_state == 'asked_age':
            data = s.recv(1024)
            recv_str = data.decode('ascii')
            if recv_str[:4] == 'I am':
                cur_state = 'termination'
            print(recv_str)
        else:
            break
print('final state', cur_state)
