package sim

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"fourwaves/sim/tcp"
)

// This file is what named applications say to each other. It is real text in the
// segments, and what an application knows of its peer it has read. The frames of HTTP/2 are written as lines too:
// who closes and when does not depend on how they are packed.

// message is a request, a response or a farewell.
type message struct {
	word    string // request, response, or GOAWAY
	nth     int    // of the requests of a run; a response does not say
	version int64
	close   bool // Connection: close
	keep    bool // Connection: keep-alive
	size    int  // bytes of all of it
}

const goaway = "GOAWAY"

// name is how events call it.
func (m message) name() string {
	if m.word == goaway {
		return goaway
	}
	return m.word + "#" + strconv.Itoa(m.nth)
}

// persists tells whether the connection may stay after this message (RFC 9112, 9.3).
func (m message) persists() bool {
	return !m.close && (m.version != version10 || m.keep)
}

// plain writes a message of an application that is not HTTP.
func plain(word string, nth, size int) []byte {
	text := fmt.Appendf(nil, "%s %d size %d\n", word, nth, size)
	return append(text, bytes.Repeat([]byte("."), size-len(text))...)
}

// hyper writes a message of HTTP: its first line, its headers, a header that
// fills it up to head bytes, and so many bytes of body.
func hyper(first string, headers []string, head, body int) []byte {
	if body > 0 {
		headers = append(headers, fmt.Sprintf("Content-Length: %d", body))
	}
	text := []byte(first + "\r\n")
	for _, h := range headers {
		text = append(text, h+"\r\n"...)
	}
	const fill, end = "X: ", "\r\n\r\n"
	text = append(text, fill...)
	text = append(text, bytes.Repeat([]byte("."), head-len(text)-len(end))...)
	text = append(text, end...)
	return append(text, bytes.Repeat([]byte("."), body)...)
}

// parse reads the message that a text begins with, as far as its head says what
// it is; known is false while the head is not complete. The whole message may
// be longer than the text.
func parse(text []byte) (m message, known bool) {
	first, _, found := bytes.Cut(text, []byte("\n"))
	words := strings.Fields(string(first))
	if !found || len(words) == 0 {
		return message{}, found
	}
	if words[0] == goaway {
		return message{word: goaway, version: version2, size: len(first) + 1}, true
	}
	if i := len(words) - 2; i > 0 && words[i] == "size" {
		m = message{word: words[0], version: version11}
		m.nth, _ = strconv.Atoi(words[1])
		m.size, _ = strconv.Atoi(words[i+1])
		return m, true
	}
	head, _, found := bytes.Cut(text, []byte("\r\n\r\n"))
	if !found {
		return message{}, false
	}
	return parseHead(strings.Split(string(head), "\r\n"), len(head)+4), true
}

// parseHead reads first line and headers of HTTP.
func parseHead(lines []string, size int) message {
	m := message{word: "request", size: size}
	version := lines[0]
	if strings.HasPrefix(version, "HTTP/") {
		m.word = "response"
	} else if words := strings.Fields(version); len(words) == 3 {
		m.nth, _ = strconv.Atoi(strings.TrimPrefix(words[1], "/"))
		version = words[2]
	}
	for v, name := range allSettings[setVersion].words {
		if strings.HasPrefix(version, "HTTP/"+name) {
			m.version = int64(v)
		}
	}
	for _, h := range lines[1:] {
		name, value, _ := strings.Cut(h, ": ")
		switch name {
		case "Connection":
			m.close, m.keep = value == "close", value == "keep-alive"
		case "Content-Length":
			body, _ := strconv.Atoi(value)
			m.size += max(0, body)
		}
	}
	return m
}

// text is what a send writes.
func (s *socket) text(t *task) []byte {
	if t.text == nil {
		return stream(s.host.index, s.written, t.n)
	}
	if s.said == nil {
		s.firstText = s.conn.SndNxt()
	}
	s.said = append(s.said, saying{s.written + len(t.text), t.message})
	return t.text
}

// carries names the message that a segment's text begins in.
func (s *socket) carries(seg *tcp.Segment) string {
	at := s.firstText.To(seg.Seq)
	for _, m := range s.said {
		if len(seg.Text) > 0 && at < m.end {
			return m.name
		}
	}
	return ""
}

// saying is a message that the application has sent, by where it ends in the
// stream.
type saying struct {
	end  int
	name string
}
