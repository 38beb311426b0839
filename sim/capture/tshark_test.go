package capture

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fourwaves/sim"
)

// stories are runs that a capture must tell rightly: what is lost, repeated, overtaken, copied and forged.
var stories = map[string]string{
	"four-way close":      "msl 2s\nat 0s client close\nat 200ms server close",
	"last ACK lost":       "msl 3s\nat 0s client close\nat 200ms server close\ndrop client ACK#1",
	"both FINs lost":      "msl 2s\nat 0s client close\nat 200ms server close\ndrop client FIN#1\ndrop server FIN#1\ndrop server FIN#2",
	"simultaneous":        "msl 2s\nat 0s client close\nat 0s server close",
	"opening":             "start closed\nmsl 2s\nat 0s client connect\nat 2s client send 10\nat 3s client close\nat 4s server close\ndrop client SYN#1",
	"data, loss":          "msl 2s\nstart closed\nat 0s client connect\nat 1s client send 4000\nat 2s server send 3000\nat 3s client close\nat 4s server close\nlink loss 20%\nseed 3",
	"data out of order":   "msl 2s\nat 0s client send 4000\nhold client data#1 120ms\nat 2s client close\nat 3s server close",
	"overtaken":           "msl 2s\nprofile linux\nstart closed\nat 0s client connect\nat 1s client send 5000\nhold client data#2 90ms\nat 2s client close\nat 3s server close",
	"copied":              "msl 2s\nat 0s client close\nat 200ms server close\ndup server FIN#1 900ms",
	"linux with stamps":   "profile linux\nstart closed\nat 0s client connect\nat 500ms client send 1000\nat 1s client close\nat 1200ms server close\ndrop server FIN#1",
	"reset":               "at 0s client close\nat 100ms server send 10",
	"a forged reset":      "msl 2s\nat 500ms inject client flags=R seq=101",
	"refused by no one":   "start closed\nat 0s client connect\nat 1s server abort\nat 2s client send 10",
	"nothing ever heard":  "msl 2s\nat 0s client close\nlink loss 100%",
	"persisting":          "profile linux\nclient: socket c\nclient: connect c\nclient: send c 200000\nclient: at 5s close c\nserver: socket L\nserver: setsockopt L SO_RCVBUF 4096\nserver: bind L 80\nserver: listen L\nserver: accept L s\nserver: after 3s recv_eof s\nserver: close s",
	"keep-alive":          "profile linux\nclient: socket c\nclient: setsockopt c SO_KEEPALIVE 1\nclient: setsockopt c TCP_KEEPIDLE 1\nclient: connect c\nclient: at 3500ms close c\nserver: socket L\nserver: bind L 80\nserver: listen L\nserver: accept L s\nserver: recv_eof s\nserver: close s",
	"connection reopened": "profile linux\nclient: socket c\nclient: bind c 40000\nclient: connect c\nclient: after 100ms close c\nclient: after 2s socket d\nclient: bind d 40000\nclient: connect d\nclient: after 100ms close d\nserver: socket L\nserver: bind L 80\nserver: listen L\nserver: accept L s\nserver: recv_eof s\nserver: close s\nserver: accept L t\nserver: recv_eof t\nserver: close t",
}

func eventsOf(t *testing.T, scenario string) []sim.Event {
	t.Helper()
	parsed, err := sim.Parse(scenario)
	if err != nil {
		t.Fatalf("%v\n%s", err, scenario)
	}
	session, err := sim.Open(parsed, nil)
	if err != nil {
		t.Fatal(err)
	}
	events, _ := session.Next(0, sim.MaxEvents+1)
	return events
}

// Wireshark finds nothing malformed and no wrong checksum in our captures, and what it takes for a retransmission, for
// overtaken and for a repeated ACK is what the engine knows to be one. All captures go into one file, each in a network of its
// own, because tshark takes a second to start.
func TestWireshark(t *testing.T) {
	var all []Packet
	var names []string
	var want []verdict
	network := byte(0)
	for _, name := range slices.Sorted(maps.Keys(stories)) {
		events := eventsOf(t, stories[name])
		for _, place := range []string{Wire, "client", "server"} {
			packets, err := Packets(events, place)
			if err != nil {
				t.Fatal(err)
			}
			network++
			want = append(want, judge(packets, place)...)
			for _, p := range packets {
				p.From, p.To = moved(p.From, network), moved(p.To, network)
				all = append(all, p)
				names = append(names, fmt.Sprintf("%s at %q", name, place))
			}
		}
	}
	var file bytes.Buffer
	if err := writePackets(&file, all, "all"); err != nil {
		t.Fatal(err)
	}
	told := tshark(t, file.Bytes())
	if len(told) != len(all) {
		t.Fatalf("tshark reads %d packets of %d", len(told), len(all))
	}
	repeated := 0
	for i := range all {
		compare(t, names[i], all[i], told[i], want[i])
		if told[i].again {
			repeated++
		}
	}
	if repeated < 30 {
		t.Errorf("only %d retransmissions were compared", repeated)
	}
}

// moved puts an end into another network.
func moved(a netip.AddrPort, network byte) netip.AddrPort {
	four := a.Addr().As4()
	four[2] = network
	return netip.AddrPortFrom(netip.AddrFrom4(four), a.Port())
}

// verdict is what tshark's analysis says of a packet: again is any of its words for text, SYN or FIN that was seen before,
// or that was overtaken by what follows it.
type verdict struct {
	again, duplicateACK, keepAlive bool
	broken                         string
	seq, ack                       uint32
	length, window                 int
	scale                          string // that a SYN offers
}

var columns = []string{
	"tcp.analysis.retransmission", "tcp.analysis.fast_retransmission", "tcp.analysis.spurious_retransmission", "tcp.analysis.out_of_order",
	"tcp.analysis.duplicate_ack", "tcp.analysis.keep_alive", "tcp.analysis.keep_alive_ack", "tcp.analysis.zero_window_probe",
	"_ws.malformed", "tcp.checksum.status", "ip.checksum.status", "tcp.seq_raw", "tcp.ack_raw", "tcp.len", "tcp.window_size", "tcp.options.wscale.shift",
}

// tshark reads a capture. Its settings are its defaults whoever runs it: HOME is an empty folder. It warns when it is run as
// root, which it says on the other stream; reading a file needs no right that anybody lacks.
func tshark(t *testing.T, file []byte) (told []verdict) {
	t.Helper()
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Fatal("tshark is missing; to install: sudo apt-get install -y --no-install-recommends tshark")
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "run.pcapng")
	if err := os.WriteFile(name, file, 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-r", name, "-n", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "separator=|", "-E", "occurrence=f"}
	for _, c := range columns {
		args = append(args, "-e", c)
	}
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, said.String())
	}
	for line := range strings.Lines(out.String()) {
		field := strings.Split(strings.TrimRight(line, "\n"), "|")
		if len(field) != len(columns) {
			t.Fatalf("tshark says %q", line)
		}
		number := func(i int) uint32 {
			n, _ := strconv.ParseUint(field[i], 10, 32)
			return uint32(n)
		}
		v := verdict{
			again:        strings.Join(field[:4], "") != "",
			duplicateACK: field[4] != "", keepAlive: field[5]+field[6]+field[7] != "",
			seq: number(11), ack: number(12), length: int(number(13)), window: int(number(14)), scale: field[15],
		}
		if field[8] != "" || field[9] != "1" || field[10] != "1" {
			v.broken = fmt.Sprintf("malformed %q, TCP checksum %q, IP checksum %q (1 is good)", field[8], field[9], field[10])
		}
		told = append(told, v)
	}
	return told
}

func compare(t *testing.T, where string, p Packet, got, want verdict) {
	t.Helper()
	at := fmt.Sprintf("%s, %d µs, %v > %v %s seq %d ack %d len %d retry %d", where, p.At, p.From, p.To, p.Flags, p.Seq, p.Ack, p.Len, p.Retry)
	if got.broken != "" {
		t.Errorf("%s: %s", at, got.broken)
	}
	if got.seq != p.Seq || got.length != p.Len || p.has("ACK") && got.ack != p.Ack {
		t.Errorf("%s: tshark reads seq %d ack %d len %d", at, got.seq, got.ack, got.length)
	}
	if got.window != p.Wnd || got.scale != "" != p.Scale || p.Scale && got.scale != strconv.Itoa(p.Shift) {
		t.Errorf("%s: tshark reads a window of %d, scale %q; the engine %d, %t %d", at, got.window, got.scale, p.Wnd, p.Scale, p.Shift)
	}
	if got.again != want.again || got.duplicateACK != want.duplicateACK {
		t.Errorf("%s: tshark says again %t, duplicate ACK %t; the engine %t, %t", at, got.again, got.duplicateACK, want.again, want.duplicateACK)
	}
}

// judge says from the engine's account what a capture shows. On the wire, a segment is there again when its sender says that
// it repeats one or the network made a copy. At a host, which may not have seen the first, it is again when its numbers had
// been passed by something seen from that sender.
func judge(packets []Packet, place string) []verdict {
	type way struct{ from, to netip.AddrPort }
	type side struct {
		next, ack    uint32
		wnd          int
		begun, acked bool
		probes       bool
	}
	sides := map[way]*side{}
	list := make([]verdict, len(packets))
	for i, p := range packets {
		key := way{p.From, p.To}
		s := sides[key]
		if s == nil || p.has("SYN") && p.Retry == 0 && p.Of == 0 {
			s = &side{}
			sides[key] = s
		}
		other := sides[way{p.To, p.From}]
		probed := other != nil && other.probes
		s.probes = p.Len == 0 && p.Flags == "ACK" && s.begun && p.Seq == s.next-1
		occupies := sim.Event{Flags: p.Flags, Len: p.Len}.Occupies()
		if occupies > 0 && !p.has("RST") {
			list[i].again = p.Retry > 0 || p.Of > 0
			if place != Wire {
				list[i].again = s.begun && int32(p.Seq-s.next) < 0
			}
		}
		if p.Flags == "ACK" && p.Len == 0 && s.acked {
			// What answers a probe of a closed window or of an idle peer, Wireshark calls that.
			list[i].duplicateACK = p.Ack == s.ack && p.Wnd == s.wnd && p.Seq == s.next && p.Wnd > 0 && !probed
		}
		if end := p.Seq + uint32(occupies); !p.has("RST") && (!s.begun || int32(end-s.next) > 0) {
			s.next, s.begun = end, true
		}
		if p.has("ACK") {
			s.ack, s.wnd, s.acked = p.Ack, p.Wnd, true
		}
	}
	return list
}
