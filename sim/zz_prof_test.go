package sim
import "testing"
func BenchmarkZTold(b *testing.B) {
	sc, err := Parse("msl 30s\nlink delay 5ms\nsysctl client ip_local_port_range 32768 60999\nload client rate=10000 count=200000 lag=1ms to=22 show=0\n")
	if err != nil { b.Fatal(err) }
	buffer := make([]byte,0,4096)
	n := 0
	for b.Loop() {
		t := sc.Measure(func(e *Event){ buffer = e.AppendJSON(buffer[:0]); n += len(buffer) }, func(int){})
		b.ReportMetric(float64(t.Events)/float64(t.Connections), "events/conn")
		b.ReportMetric(float64(n)/float64(t.Events)/float64(b.N), "bytes/event")
		b.ReportMetric(float64(t.Segments)/float64(t.Connections), "segs/conn")
	}
}
func BenchmarkZNoEncode(b *testing.B) {
	sc, _ := Parse("msl 30s\nlink delay 5ms\nsysctl client ip_local_port_range 32768 60999\nload client rate=10000 count=200000 lag=1ms to=22 show=0\n")
	for b.Loop() { sc.Measure(func(e *Event){ }, func(int){}) }
}
func BenchmarkZQuiet(b *testing.B) {
	sc, _ := Parse("msl 30s\nlink delay 5ms\nsysctl client ip_local_port_range 32768 60999\nload client rate=10000 count=200000 lag=1ms to=22 show=0\n")
	for b.Loop() { sc.Measure(nil, func(int){}) }
}
