package capture

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"fourwaves/sim"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the goldens")

const plenty = 1 << 30

// Real captures, taken with tcpdump beside a Linux kernel: the run that is inferred of each stands beside it.
func TestRealCaptures(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.pcap")
	if len(files) < 4 {
		t.Fatalf("only %d captures", len(files))
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got := told(t, data)
		golden := strings.TrimSuffix(name, ".pcap") + ".txt"
		if *rewrite {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || got != string(want) {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(string(want), got))
		}
	}
}

// told reads a capture and tells it tersely: notes, and each connection's run.
func told(t *testing.T, data []byte) string {
	t.Helper()
	file, err := Read(bytes.NewReader(data), plenty)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var b strings.Builder
	for _, n := range file.Notes {
		fmt.Fprintf(&b, "%s %d %s\n", n.Code, n.N, n.Text)
	}
	for _, c := range file.Connections {
		fmt.Fprintf(&b, "%d: %v > %v, %d segments, %d bytes, %s\n", c.Number, c.Client, c.Server, c.Segments, c.Bytes, c.Ending)
		events, _, notes := c.Run()
		if err := sim.WriteTranscript(&b, events); err != nil {
			t.Fatal(err)
		}
		for _, n := range notes {
			fmt.Fprintf(&b, "%s %d\n", n.Code, n.N)
		}
	}
	return b.String()
}

// states lists the states that an end goes through.
func states(events []sim.Event, host string) (path []string) {
	for _, e := range events {
		if e.Host == host && e.Ev == sim.State && e.Why != "time-wait-over" { // which is not on the wire
			path = append(path, e.To)
		}
	}
	return path
}

// What the engine runs, a capture of it at either end is read back as: the same states in the same order, the same losses.
// Left out are the stories whose truth no capture holds: forged segments, several connections, a listener's own states.
func TestEngineReadBack(t *testing.T) {
	for _, name := range []string{"four-way close", "last ACK lost", "simultaneous", "opening", "linux with stamps", "data out of order", "copied"} {
		events := eventsOf(t, stories[name])
		for _, place := range hostNames {
			var data bytes.Buffer
			if err := Write(&data, events, place); err != nil {
				t.Fatal(err)
			}
			file, err := Read(&data, plenty)
			if err != nil || len(file.Connections) != 1 || len(file.Notes) != 0 {
				t.Fatalf("%s at %s: %v %+v", name, place, err, file)
			}
			inferred, _, _ := file.Connections[0].Run()
			for _, host := range hostNames {
				want := slices.DeleteFunc(states(events, host), func(s string) bool { return s == "LISTEN" })
				if got := states(inferred, host); !slices.Equal(got, want) {
					t.Errorf("%s at %s: the %s goes %v, the engine %v", name, place, host, got, want)
				}
			}
		}
	}
	// The last ACK is lost. At the client it is seen going, at the server only its absence is.
	events := eventsOf(t, stories["last ACK lost"])
	for place, want := range map[string]int{"client": 1, "server": 0} {
		packets, err := Packets(events, place)
		if err != nil {
			t.Fatal(err)
		}
		inferred := inferredFrom(t, packets)
		lost := 0
		for _, e := range inferred {
			if e.Ev == sim.Lost && e.Why == WhyInferred {
				lost++
			}
		}
		if place == "server" {
			want = 1 // the FIN that drew no answer
		}
		if lost != want {
			t.Errorf("at the %s: %d losses are inferred, want %d", place, lost, want)
		}
	}
}

func inferredFrom(t *testing.T, packets []Packet) []sim.Event {
	t.Helper()
	var data bytes.Buffer
	if err := writePackets(&data, packets, "test"); err != nil {
		t.Fatal(err)
	}
	file, err := Read(&data, plenty)
	if err != nil {
		t.Fatal(err)
	}
	events, _, _ := file.Connections[0].Run()
	return events
}

// frames are the packets of the last-ACK story at the client, each as IP and what is in it.
func frames(t *testing.T) (ip [][]byte, at []time.Time) {
	t.Helper()
	var data bytes.Buffer
	if err := Write(&data, eventsOf(t, stories["opening"]), "client"); err != nil {
		t.Fatal(err)
	}
	reader, err := pcapgo.NewNgReader(&data, pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	for {
		frame, info, err := reader.ReadPacketData()
		if err != nil {
			return ip, at
		}
		packet := frame[14:]
		ip, at = append(ip, packet[:binary.BigEndian.Uint16(packet[2:])]), append(at, info.Timestamp) // without Ethernet's padding
	}
}

// pcap writes packets as an old capture file.
func pcap(t *testing.T, link layers.LinkType, snap int, at []time.Time, packets [][]byte) []byte {
	t.Helper()
	var file bytes.Buffer
	w := pcapgo.NewWriter(&file)
	if err := w.WriteFileHeader(uint32(snap), link); err != nil {
		t.Fatal(err)
	}
	for i, p := range packets {
		cut := p[:min(len(p), snap)]
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: at[i], CaptureLength: len(cut), Length: len(p)}, cut); err != nil {
			t.Fatal(err)
		}
	}
	return file.Bytes()
}

// However the packets are wrapped, the run is the same.
func TestWrappings(t *testing.T) {
	ip, at := frames(t)
	around := func(before ...byte) [][]byte {
		var list [][]byte
		for _, p := range ip {
			list = append(list, slices.Concat(before, p))
		}
		return list
	}
	macs := make([]byte, 12)
	want := told(t, pcap(t, layers.LinkTypeRaw, 65535, at, ip))
	if !strings.Contains(want, "TIME_WAIT") {
		t.Fatal(want)
	}
	for name, data := range map[string][]byte{
		"Ethernet":         pcap(t, layers.LinkTypeEthernet, 65535, at, around(append(slices.Clone(macs), 8, 0)...)),
		"a VLAN":           pcap(t, layers.LinkTypeEthernet, 65535, at, around(append(slices.Clone(macs), 0x81, 0, 0, 5, 8, 0)...)),
		"a VLAN in a VLAN": pcap(t, layers.LinkTypeEthernet, 65535, at, around(append(slices.Clone(macs), 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0)...)),
		"loopback":         pcap(t, layers.LinkTypeNull, 65535, at, around(2, 0, 0, 0)),
		"BSD loopback":     pcap(t, layers.LinkTypeLoop, 65535, at, around(0, 0, 0, 2)),
		"IPv4 only":        pcap(t, layers.LinkTypeIPv4, 65535, at, ip),
		"raw, BSD":         pcap(t, 12, 65535, at, ip),
		"SLL":              pcap(t, layers.LinkTypeLinuxSLL, 65535, at, around(0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0)),
		"SLL2":             pcap(t, layers.LinkTypeLinuxSLL2, 65535, at, around(8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0)),
		"cut after TCP":    pcap(t, layers.LinkTypeRaw, 40, at, ip),
	} {
		if got := told(t, data); got != want {
			t.Errorf("%s:\n%s", name, cmp.Diff(want, got))
		}
	}
}

// IPv6, with an extension header too.
func TestIPv6(t *testing.T) {
	ip, at := frames(t)
	for _, extension := range []bool{false, true} {
		var six [][]byte
		for _, p := range ip {
			text := p[20:]
			next := byte(6)
			if extension {
				text, next = append([]byte{6, 0, 1, 4, 0, 0, 0, 0}, text...), 0
			}
			header := make([]byte, 40)
			header[0], header[6], header[7] = 0x60, next, 64
			binary.BigEndian.PutUint16(header[4:], uint16(len(text)))
			header[8], header[24] = 0xfd, 0xfd
			header[23], header[39] = p[15], p[19]
			six = append(six, append(header, text...))
		}
		file, err := Read(bytes.NewReader(pcap(t, layers.LinkTypeRaw, 65535, at, six)), plenty)
		if err != nil || len(file.Connections) != 1 {
			t.Fatalf("%v %+v", err, file)
		}
		c := file.Connections[0]
		events, facts, _ := c.Run()
		if got := states(events, "client"); c.Client.String() != "[fd00::1]:49152" || c.Bytes != 10 || got[len(got)-1] != "TIME_WAIT" || facts.Hosts[0].Addr != "[fd00::1]:49152" {
			t.Errorf("%v, %d bytes, %v", c.Client, c.Bytes, got)
		}
	}
}

// A datagram in three pieces is one segment with all its bytes.
func TestFragments(t *testing.T) {
	text := make([]byte, 20+4000)
	copy(text, []byte{0x9c, 0x40, 0, 80, 0, 0, 0, 10, 0, 0, 0, 20, 0x50, 0x18, 1, 0})
	var pieces [][]byte
	for from := 0; from < len(text); from += 1480 {
		piece := text[from:min(from+1480, len(text))]
		header := []byte{0x45, 0, 0, 0, 0, 7, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}
		binary.BigEndian.PutUint16(header[2:], uint16(20+len(piece)))
		binary.BigEndian.PutUint16(header[6:], uint16(from/8))
		if from+1480 < len(text) {
			header[6] |= 0x20
		}
		pieces = append(pieces, append(header, piece...))
	}
	file, err := Read(bytes.NewReader(pcap(t, layers.LinkTypeRaw, 65535, make([]time.Time, 3), pieces)), plenty)
	if err != nil || file.Connections[0].Segments != 1 || file.Connections[0].Bytes != 4000 {
		t.Fatalf("%v %+v", err, file)
	}
	if diff := cmp.Diff([]Note{{Code: NoteFragments, N: 1}}, file.Notes); diff != "" {
		t.Error(diff)
	}
}

// Whatever is odd about a file is said.
func TestOddCaptures(t *testing.T) {
	ip, at := frames(t)
	whole := pcap(t, layers.LinkTypeRaw, 65535, at, ip)
	shuffled := slices.Clone(at)
	shuffled[2] = at[0]
	udp := slices.Clone(ip[0])
	udp[9] = 17
	again := slices.Concat(ip[:3], ip[2:])
	twice := slices.Concat(at[:3], at[2:])
	reused := slices.Clone(ip)
	for i := range ip { // the same ports once more, with other numbers
		next := slices.Clone(ip[i])
		next[24+1]++ // sequence number
		if next[33]&0x10 != 0 {
			next[28+1]++
		}
		reused = append(reused, next)
	}
	later := slices.Clone(at)
	for _, a := range at {
		later = append(later, a.Add(time.Minute))
	}
	oneSide, oneTime := [][]byte{}, []time.Time{}
	for i, p := range ip {
		if p[15] == 1 {
			oneSide, oneTime = append(oneSide, p), append(oneTime, at[i])
		}
	}
	for name, c := range map[string]struct {
		data []byte
		want []string
	}{
		"nothing":          {nil, []string{"error: this is no capture: it has only 0 bytes"}},
		"text":             {[]byte("hello, world"), []string{"error: this is no capture: it begins with the bytes 68 65 6c 6c"}},
		"no packet":        {whole[:24], []string{"error: the capture is empty"}},
		"half a header":    {whole[:20], []string{"error: the pcap file is damaged at its beginning"}},
		"half a packet":    {whole[:60], []string{"error: the capture is damaged at its first packet"}},
		"breaks off":       {whole[:200], []string{"import.damaged 3 ", "2 segments", NoteUnfinished}},
		"no TCP":           {pcap(t, layers.LinkTypeRaw, 65535, at[:1], [][]byte{udp}), []string{"error: none of the capture's 1 packets is TCP"}},
		"some other":       {pcap(t, layers.LinkTypeRaw, 65535, at[:3], [][]byte{ip[0], udp, ip[1]}), []string{"import.other 1", "2 segments"}},
		"no header of TCP": {pcap(t, layers.LinkTypeRaw, 30, at, ip), []string{"error: the capture's ", "tcpdump -s 0"}},
		"out of order":     {pcap(t, layers.LinkTypeRaw, 65535, shuffled, ip), []string{"import.disorder 1"}},
		"there twice":      {pcap(t, layers.LinkTypeRaw, 65535, twice, again), []string{"import.twice 1"}},
		"from the middle":  {pcap(t, layers.LinkTypeRaw, 65535, at[4:], ip[4:]), []string{NoteMiddle, "client  ESTABLISHED", "TIME_WAIT"}},
		"one side":         {pcap(t, layers.LinkTypeRaw, 65535, oneTime, oneSide), []string{NoteOneSide, "SYN_SENT -> ESTABLISHED"}},
		"ports used again": {pcap(t, layers.LinkTypeRaw, 65535, later, reused), []string{"1: 10.0.0.1:49152 > 10.0.0.2:80", "2: 10.0.0.1:49152 > 10.0.0.2:80"}},
		"a gap":            {pcap(t, layers.LinkTypeRaw, 65535, slices.Delete(slices.Clone(at), 4, 5), slices.Delete(slices.Clone(ip), 4, 5)), []string{"import.gap 10", "TIME_WAIT"}},
	} {
		got := told(t, c.data)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", name, want, got)
			}
		}
	}
	if _, err := Read(bytes.NewReader(whole), 100); err == nil || !strings.Contains(err.Error(), "empty") {
		file, _ := Read(bytes.NewReader(whole), 200)
		if file == nil || len(file.Notes) == 0 || file.Notes[0].Code != NoteLong {
			t.Errorf("a long file: %+v", file)
		}
	}
}

// Thousands of connections are told apart, each with its own segments, within bounds.
func TestManyConnections(t *testing.T) {
	ip, at := frames(t)
	var many [][]byte
	var times []time.Time
	const n = 3000
	for port := range n {
		for i, p := range ip {
			p = slices.Clone(p)
			offset := 20 // the client's port
			if p[15] == 2 {
				offset = 22
			}
			binary.BigEndian.PutUint16(p[offset:], uint16(10_000+port))
			many, times = append(many, p), append(times, at[i])
		}
	}
	file, err := Read(bytes.NewReader(pcap(t, layers.LinkTypeRaw, 65535, times, many)), plenty)
	if err != nil || len(file.Connections) != n {
		t.Fatalf("%v, %d connections", err, len(file.Connections))
	}
	for _, c := range file.Connections {
		if c.Segments != len(ip) || c.Ending != EndsByFIN || !c.Opened {
			t.Fatalf("%+v", c)
		}
	}
}

// Nothing that a file holds makes the reader fail otherwise than by an error, and every run that it tells is one that the
// page can draw: in order of time, each segment sent once before it ends once, each state left where it was entered.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"fin-lost-once", "linger-rst"} {
		data, err := os.ReadFile("testdata/" + name + ".pcap")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(bytes.NewReader(data), 1<<20)
		if err != nil {
			return
		}
		for _, c := range file.Connections[:min(len(file.Connections), 20)] {
			events, _, _ := c.Run()
			drawable(t, events)
		}
	})
}

func drawable(t *testing.T, events []sim.Event) {
	t.Helper()
	last := sim.Instant(0)
	sent, ended := map[int]bool{}, map[int]bool{}
	state := map[string]string{}
	for n, e := range events {
		if e.At < last {
			t.Fatalf("event %d goes back in time: %+v", n, e)
		}
		last = e.At
		if cause, ok := e.Cause.Index(); ok && cause >= n {
			t.Fatalf("event %d comes before its cause: %+v", n, e)
		}
		switch e.Ev {
		case sim.Preset:
			state[e.Host] = e.State
		case sim.Sent:
			if sent[e.Seg] || e.Len < 0 {
				t.Fatalf("event %d: %+v", n, e)
			}
			sent[e.Seg] = true
		case sim.Arrived, sim.Lost:
			if !sent[e.Seg] || ended[e.Seg] {
				t.Fatalf("event %d: a segment that is not under way: %+v", n, e)
			}
			ended[e.Seg] = true
		case sim.State:
			if state[e.Host] != e.From {
				t.Fatalf("event %d: %s was in %s: %+v", n, e.Host, state[e.Host], e)
			}
			state[e.Host] = e.To
		}
	}
}
