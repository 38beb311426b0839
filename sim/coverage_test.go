package sim

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fourwaves/sim/tcp"
)

// stories are the scenarios of the goldens and of the recordings, and a few that
// are here only because nothing else takes their edge.
func stories(t *testing.T) []string {
	texts := []string{
		"start closed\nat 0s server close\nat 1s client connect",
		"start closed\nat 0s server shutdown",
		"start closed\nat 0s client connect\nat 20ms client close",
		"start closed\nat 0s client connect\nat 20ms client shutdown",
		"start closed\nat 0s client connect\nat 20ms client abort",
		"start closed\nat 0s client connect\nat 100ms server abort",
		"start closed\nat 0s client connect\nat 100ms server close\nat 2s client close",
		"start closed\nat 0s client connect\nat 100ms server shutdown\nat 2s client close",
		"start closed\nat 0s client connect\ndrop server SYN#1\nlink server loss 100%",
		"at 0s client close\nat 50ms client abort", "at 0s client close\nat 200ms client abort", "at 0s server close\nat 100ms client abort",
		"at 0s client close\nat 0s server close\nat 60ms client abort", "at 0s client close\nserver on-eof close\nat 60ms server abort",
		"at 0s client close\nserver on-eof close\nat 500ms client abort", "at 0s client shutdown\nat 0s server shutdown",
		"at 0s client close\nserver on-eof close\nlink client loss 100%", "at 0s client close\nserver on-eof close\nlink server loss 100%",
		"at 0s client close\nat 0s server close\nlink loss 100%", "at 0s client close\nat 0s server close\nhold client ACK#1 3min\nrule drop client after_own_fin after_peer_fin",
		"at 0s client close\nat 100ms server send 10\nlink server loss 100%", "at 0s client send 10\nlink loss 100%",
	}
	for _, at := range []string{"20ms", "75ms", "90ms", "120ms", "170ms", "230ms", "400ms"} { // in every state
		for _, who := range roles {
			texts = append(texts, "start closed\nat 0s client connect\nat 110ms client close\nat 200ms server close\nat "+at+" "+who+" crash",
				"start closed\nat 0s client connect\nat 150ms client close\nat 150ms server close\nat "+at+" "+who+" crash\nat 1s "+who+" restart")
		}
	}
	const both = "server: socket L\nserver: bind L 80\nserver: listen L\nserver: accept L s\nclient: socket c\nclient: connect c\n"
	texts = append(texts,
		"client: socket c\nclient: bind c 5000\nclient: connect c 80\nserver: socket s\nserver: bind s 80\nserver: connect s 5000",
		"profile linux\nat 0s client close\nat 1s inject server flags=S seq=rcv_nxt seq_off=5 win=1000",
		"profile linux\nsysctl client tcp_max_tw_buckets 0\nat 0s client close\nat 0s server close",
		"profile linux\nstart closed\nat 0s client connect from 5000\nat 200ms client close\nat 1s client connect from 5000",
		"profile linux\nat 0s server send 10\nat 500ms server send 10\nat 1s inject server replay len=data\nat 2s client close\nserver on-eof close",
		"profile linux\nstart closed\nat 0s client connect\ndup client SYN#1 20ms",
		"profile linux\nstart closed\nat 0s client connect\nat 70ms inject client flags=S seq=rcv_nxt seq_off=5 win=1000 same_conn",
		"profile linux\nat 0s client send 5000\nrule drop client len=data nth=1,2,3,4",
		"profile linux\nat 0s client close\nat 0s server close\nrule drop after_own_fin not_flags=F\n"+
			"at 120ms inject server flags=PA seq=rcv_nxt seq_off=-1 ack=snd_nxt ack_off=-1 len=9 win=500",
		"profile linux\nat 0s client close\nserver on-eof close\nrule drop client acks_fin not_flags=F\n"+
			"at 200ms inject client flags=PA seq=rcv_nxt seq_off=-1 ack=snd_nxt ack_off=-1 len=9 win=500",
		"profile linux\n"+both+"client: setsockopt c SO_KEEPALIVE 1\nclient: setsockopt c TCP_KEEPIDLE 1\nclient: shutdown c WR\nrule drop server after=300ms",
		both+"server: send s 10\nclient: after 200ms shutdown c WR\nclient: close c",
		both+"server: send s 10\nclient: after 200ms shutdown c WR\nclient: after 300ms close c",
		both+"server: send s 10\nserver: after 80ms shutdown s WR\nclient: after 120ms shutdown c WR\nclient: after 80ms close c",
		both+"client: send c 10\nclient: close c\nserver: after 500ms shutdown s WR\nserver: close s",
		"profile linux\nserver: socket L\nserver: setsockopt L SO_RCVBUF 2048\nserver: bind L 80\nserver: listen L\nserver: accept L s\n"+
			"client: socket c\nclient: connect c\nclient: send c 20000\nat 1s inject client flags=PA seq=rcv_nxt ack=snd_nxt len=5 win=1000",
	)
	for _, at := range []string{"20ms", "75ms", "120ms", "170ms", "230ms", "300ms"} {
		for _, who := range roles {
			close := "start closed\nat 0s client connect\nat 110ms client shutdown\nat 200ms server shutdown\n"
			cross := "start closed\nat 0s client connect\nat 180ms client shutdown\nat 180ms server shutdown\n"
			for _, base := range []string{close, cross} {
				texts = append(texts, base+"at "+at+" inject "+who+" flags=RA seq=rcv_nxt ack=snd_nxt", base+"at "+at+" "+who+" abort")
			}
		}
	}
	files, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(b), "\nrun\n")[1:] {
			text, _, _ := strings.Cut(part, "\n----\n")
			texts = append(texts, text)
		}
	}
	for _, folder := range strings.Split(*recordings, ",") {
		files, err := filepath.Glob(filepath.Join(folder, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			texts = append(texts, readRecording(t, path).translate())
		}
	}
	return texts
}

// TestCoverage: every edge of the table, whether the figure has it or a stack,
// and every reason that the engine can give, is met by some story.
func TestCoverage(t *testing.T) {
	edges, reasons := map[string]bool{}, map[string]bool{}
	for _, text := range stories(t) {
		sc, err := Parse(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		r := newRun(settle(sc, nil))
		r.tampered = true
		for r.step() {
		}
		for _, e := range r.events {
			reasons[e.Why] = true
			if e.Ev == State {
				edges[e.From+">"+e.To+" "+e.Why] = true
			}
		}
	}
	for _, e := range tcp.Edges {
		if !edges[e.From.String()+">"+e.To.String()+" "+string(e.Why)] {
			t.Errorf("no story takes %v -> %v on %s (%v, %s)", e.From, e.To, e.Why, e.Tag, e.Section)
		}
	}
	for _, code := range reasonCodes(t, "*.go") {
		if !reasons[code] {
			t.Errorf("no story gives the reason %s", code)
		}
	}
}

// reasonCodes reads the values of the constants of type Why.
func reasonCodes(t *testing.T, pattern string) (codes []string) {
	files, err := filepath.Glob(filepath.Join("tcp", pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		file, err := goparser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Why" {
				code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				codes = append(codes, code)
			}
			return true
		})
	}
	return codes
}
