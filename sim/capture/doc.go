// Package capture is the door between runs and Wireshark: it writes a run as the capture that tcpdump would have made of it,
// and it reads a real capture as a run.
//
// # Out
//
//	capture.Write(w, events, capture.Wire)   // pcapng of every segment, at the instant at which it is put on its way
//	capture.Write(w, events, "client")       // what tcpdump on that host would have seen: its own, and what reached it
//
// The events are a whole run's, from its beginning. Addresses, numbers, flags, windows, timestamps and text lengths are the
// run's own; checksums are right; each packet that met with something carries a comment (lost, held, retransmitted, forged).
// Virtual time 0 is [Epoch]. The text itself is a pattern, since the model knows only how much was written.
//
// # In
//
//	file, err := capture.Read(r, maxBytes)            // pcap or pcapng; connections, and notes on what was odd
//	events, facts, notes := file.Connections[0].Run() // the same events as a run's, inferred, and what cannot be known
//
// Nothing of the text is kept, memory is bounded by [MaxConnections] and [MaxSegments] and time by [MaxPackets], whatever the file
// says of itself.
//
// # The tour
//
// packets.go is what a capture of a run holds, write.go its bytes. read.go sorts the packets of a file into connections,
// unwrap.go finds the TCP in one packet, infer.go decides what became of each segment and says by which rules, tell.go makes the
// events.
//
// # Where it stands
//
// Decision, 2026-11-22: the package lies under sim, because it translates the engine's events and knows nothing of lessons or
// pages; it is none of the engine, which stays free of other people's packages and of floating point. gopacket knows the formats.
package capture
