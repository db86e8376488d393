// Server for tests, on golang.org/x/crypto/ssh: runs commands by sh. Two commands need no process: "hold" prints "up", and ends with its session;
// "answer" prints "ok" and exits.
//
//	server FOLDER [ADDRESS [SOFTWARE]]
//
// FOLDER holds host_key and authorized_keys. The server listens at ADDRESS, or at 127.0.0.1, and calls itself SOFTWARE, or Go. The port is printed once the
// server listens; the server ends with its standard input.
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/crypto/ssh"
)

var signals = map[string]syscall.Signal{
	"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL, "TERM": syscall.SIGTERM,
}

func main() {
	folder := os.Args[1]
	config := &ssh.ServerConfig{PublicKeyCallback: authorized(read(folder, "authorized_keys"))}
	key, err := ssh.ParsePrivateKey(read(folder, "host_key"))
	if err != nil {
		log.Fatal(err)
	}
	config.AddHostKey(key)
	address := "127.0.0.1"
	if len(os.Args) > 2 {
		address = os.Args[2]
	}
	if len(os.Args) > 3 {
		config.ServerVersion = "SSH-2.0-" + os.Args[3]
	}
	listener, err := net.Listen("tcp", address+":0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(connection, config)
	}
}

func read(folder, name string) []byte {
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		log.Fatal(err)
	}
	return text
}

func authorized(file []byte) func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
	var keys [][]byte
	for len(file) > 0 {
		key, _, _, rest, err := ssh.ParseAuthorizedKey(file)
		if err != nil {
			break
		}
		keys = append(keys, key.Marshal())
		file = rest
	}
	return func(_ ssh.ConnMetadata, offered ssh.PublicKey) (*ssh.Permissions, error) {
		for _, key := range keys {
			if bytes.Equal(key, offered.Marshal()) {
				return nil, nil
			}
		}
		return nil, fmt.Errorf("unknown key")
	}
}

func serve(connection net.Conn, config *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(connection, config)
	if err != nil {
		connection.Close()
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		if offered.ChannelType() != "session" {
			offered.Reject(ssh.UnknownChannelType, "only sessions")
			continue
		}
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go session(channel, requests)
	}
}

func session(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	var command *exec.Cmd
	var environment []string
	for request := range requests {
		ok := false
		switch request.Type {
		case "env":
			var variable struct{ Name, Value string }
			if ok = ssh.Unmarshal(request.Payload, &variable) == nil; ok {
				environment = append(environment, variable.Name+"="+variable.Value)
			}
		case "exec":
			var line struct{ Text string }
			if command == nil && ssh.Unmarshal(request.Payload, &line) == nil {
				// Variables may precede the command.
				text := line.Text[strings.LastIndex(line.Text, "; ")+1:]
				text = strings.TrimSpace(text)
				if text == "hold" {
					request.Reply(true, nil)
					io.WriteString(channel, "up\n")
					continue
				}
				if text == "answer" {
					request.Reply(true, nil)
					io.WriteString(channel, "ok\n")
					channel.CloseWrite()
					channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{0}))
					return
				}
				command = start(channel, line.Text, environment)
				ok = command != nil
			}
		case "signal":
			var signal struct{ Name string }
			if command != nil && ssh.Unmarshal(request.Payload, &signal) == nil {
				syscall.Kill(-command.Process.Pid, signals[signal.Name])
				ok = true
			}
		}
		if request.WantReply {
			request.Reply(ok, nil)
		}
	}
	if command != nil {
		syscall.Kill(-command.Process.Pid, syscall.SIGHUP)
	}
}

func start(channel ssh.Channel, line string, environment []string) *exec.Cmd {
	command := exec.Command("/bin/sh", "-c", line)
	command.Env = append(os.Environ(), environment...)
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	input, _ := command.StdinPipe()
	output, _ := command.StdoutPipe()
	errors, _ := command.StderrPipe()
	if command.Start() != nil {
		return nil
	}
	go func() {
		io.Copy(input, channel)
		input.Close()
	}()
	go func() {
		var streams sync.WaitGroup
		streams.Add(2)
		go func() {
			io.Copy(channel, output)
			streams.Done()
		}()
		go func() {
			io.Copy(channel.Stderr(), errors)
			streams.Done()
		}()
		streams.Wait()
		command.Wait()
		channel.CloseWrite()
		report(channel, command.ProcessState.Sys().(syscall.WaitStatus))
		channel.Close()
	}()
	return command
}

func report(channel ssh.Channel, status syscall.WaitStatus) {
	if !status.Signaled() {
		channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status.ExitStatus())}))
		return
	}
	name := "ABRT"
	for known, number := range signals {
		if number == status.Signal() {
			name = known
		}
	}
	channel.SendRequest("exit-signal", false, ssh.Marshal(struct {
		Signal   string
		Core     bool
		Message  string
		Language string
	}{name, false, "", ""}))
}
