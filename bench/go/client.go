// Client on golang.org/x/crypto/ssh, measured by bench/libraries: for each line of standard input, does the work once and prints the CPU time of this
// process and the elapsed time, in microseconds.
//
//	client WORKLOAD DIRECTORY PORT HOST-KEY CIPHER
package main

import (
	"bufio"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	hostCount      = 200
	hostsAtOnce    = 64
	commandCount   = 2000
	commandsAtOnce = 8
)

var (
	config *ssh.ClientConfig
	port   string
	open   *ssh.Client
)

func main() {
	key, err := os.ReadFile(filepath.Join(os.Args[2], "user_key"))
	check(err)
	signer, err := ssh.ParsePrivateKey(key)
	check(err)
	port = os.Args[3]
	hostKey := "SHA256:" + os.Args[4]
	config = &ssh.ClientConfig{
		Config:            ssh.Config{KeyExchanges: []string{"curve25519-sha256"}, Ciphers: []string{os.Args[5]}},
		User:              "bench",
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		HostKeyCallback: func(host string, _ net.Addr, key ssh.PublicKey) error {
			if ssh.FingerprintSHA256(key) != hostKey {
				return errors.New("another host key")
			}
			return nil
		},
	}
	work := runCommands
	if os.Args[1] == "cold" {
		work = connectToAll
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		cpu, start := cpuTime(), time.Now()
		work()
		fmt.Println(cpuTime()-cpu, time.Since(start).Microseconds())
	}
}

func connectToAll() {
	each(hostCount, hostsAtOnce, func(index int) {
		client := connect(index + 1)
		run(client)
		client.Close()
	})
}

func runCommands() {
	if open == nil {
		open = connect(1)
	}
	each(commandCount, commandsAtOnce, func(int) { run(open) })
}

// each calls a function with the numbers below count, on that number of goroutines.
func each(count, atOnce int, do func(int)) {
	numbers := make(chan int)
	var workers sync.WaitGroup
	for i := 0; i < atOnce; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for number := range numbers {
				do(number)
			}
		}()
	}
	for number := 0; number < count; number++ {
		numbers <- number
	}
	close(numbers)
	workers.Wait()
}

func connect(host int) *ssh.Client {
	client, err := ssh.Dial("tcp", fmt.Sprintf("127.0.1.%d:%s", host, port), config)
	check(err)
	return client
}

func run(client *ssh.Client) {
	session, err := client.NewSession()
	check(err)
	defer session.Close()
	output, err := session.Output("answer")
	check(err)
	if string(output) != "ok\n" {
		log.Fatalf("output %q", output)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func cpuTime() int64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Utime.Nano()/1000 + usage.Stime.Nano()/1000
}
