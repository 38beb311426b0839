package tcp

// Seq is a sequence number: a point on a circle of 2^32 (RFC 9293, 3.4).
// Comparisons hold for points less than half the circle apart.
type Seq uint32

// Before tells whether s comes before t.
func (s Seq) Before(t Seq) bool { return int32(s-t) < 0 }

// AtMost tells whether s comes before t or is t.
func (s Seq) AtMost(t Seq) bool { return int32(s-t) <= 0 }

// Within tells whether s lies in the n numbers that start at left.
func (s Seq) Within(left Seq, n int) bool { return uint32(s-left) < uint32(n) }

// To is the distance from s forward to t, negative when t is behind.
func (s Seq) To(t Seq) int { return int(int32(t - s)) }
