// The Go package jlaffaye/ftp, with the commands of the classic ftp program.
package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jlaffaye/ftp"
)

func told(name string) string {
	return os.Getenv("ROUND_" + name)
}

func main() {
	if err := session(); err != nil {
		fmt.Fprintf(os.Stderr, "%T: %v\n", err, err)
		os.Exit(1)
	}
}

func connect() (*ftp.ServerConn, error) {
	options := []ftp.DialOption{ftp.DialWithTimeout(30 * time.Second)}
	config := &tls.Config{InsecureSkipVerify: true}
	switch told("FRONT") {
	case "explicit":
		options = append(options, ftp.DialWithExplicitTLS(config))
	case "implicit":
		options = append(options, ftp.DialWithTLS(config))
	}
	conn, err := ftp.Dial(told("HOST")+":"+told("PORT"), options...)
	if err != nil {
		return nil, err
	}
	return conn, conn.Login(told("USER"), told("PASSWORD"))
}

var word = regexp.MustCompile(`"[^"]*"|\S+`)

func session() error {
	conn, err := connect()
	if err != nil {
		return err
	}
	var offset uint64
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "!") {
			if err := exec.Command("sh", "-c", line[1:]).Run(); err != nil {
				return err
			}
			continue
		}
		words := word.FindAllString(line, -1)
		for n := range words {
			words[n] = strings.Trim(words[n], `"`)
		}
		words = append(words, "", "")
		if words[0] == "restart" {
			if offset, err = strconv.ParseUint(words[1], 10, 64); err != nil {
				return err
			}
			continue
		}
		if err := obey(conn, words[0], words[1], words[2], offset); err != nil {
			return err
		}
		offset = 0
	}
	return conn.Quit()
}

func obey(conn *ftp.ServerConn, command, one, other string, offset uint64) error {
	switch command {
	case "pwd":
		directory, err := conn.CurrentDir()
		fmt.Println(directory)
		return err
	case "nlist":
		names, err := conn.NameList(one)
		if err != nil {
			return err
		}
		return os.WriteFile(other, []byte(strings.Join(names, "\n")), 0o600)
	case "dir":
		entries, err := conn.List(".")
		for _, entry := range entries {
			fmt.Println(entry.Name, entry.Size)
		}
		return err
	case "get":
		return get(conn, one, other, 0, os.O_CREATE|os.O_TRUNC|os.O_WRONLY)
	case "reget":
		found, err := os.Stat(other)
		if err != nil {
			return err
		}
		return get(conn, one, other, uint64(found.Size()), os.O_APPEND|os.O_WRONLY)
	case "put":
		return put(one, int64(offset), func(file io.Reader) error {
			return conn.StorFrom(other, file, offset)
		})
	case "append":
		return put(one, 0, func(file io.Reader) error { return conn.Append(other, file) })
	case "rename":
		return conn.Rename(one, other)
	case "delete":
		return conn.Delete(one)
	case "mkdir":
		return conn.MakeDir(one)
	case "cd":
		return conn.ChangeDir(one)
	case "rmdir":
		return conn.RemoveDir(one)
	}
	return fmt.Errorf("what is %s?", command)
}

func get(conn *ftp.ServerConn, remote, local string, offset uint64, flags int) error {
	response, err := conn.RetrFrom(remote, offset)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(local, flags, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := io.Copy(file, response); err != nil {
		response.Close()
		return err
	}
	return response.Close()
}

func put(local string, offset int64, store func(io.Reader) error) error {
	file, err := os.Open(local)
	if err != nil {
		return err
	}
	defer file.Close()
	if offset > 0 {
		if _, err := file.Seek(offset, io.SeekStart); err != nil {
			return err
		}
	}
	return store(file)
}
