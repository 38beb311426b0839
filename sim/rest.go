package sim

import "fourwaves/sim/tcp"

// This file keeps connections of a load in TIME_WAIT. There may be hundreds of
// thousands of them and nearly all just wait, so each takes the few bytes of a
// sleeper instead of a socket. A segment for one of them, a new
// connection in its place, and the end of its wait wake it: a socket again, to
// which everything happens as to every other.

// sleeper is one connection at rest.
type sleeper struct {
	tcp.Rest
	local, remote         Address
	localPort, remotePort uint16
	incarnation           uint32
}

func (p *sleeper) tuple() FourTuple {
	return FourTuple{Endpoint{p.local, p.localPort}, Endpoint{p.remote, p.remotePort}}
}

// dormitory is those of one host. All of them wait equally long, so the first
// that came is the first to be done: they stand in a queue, and an index finds
// them by their 4-tuple. One that was roused by what does not begin its wait anew
// would come too late in the queue, and stays awake.
type dormitory struct {
	blocks []block // of the queue
	base   uint32  // place of the first sleeper of the first block
	first  uint32  // of the queue
	next   uint32  // behind its last
	count  int     // of those who have not left it
	most   int     // of them at one time
	latest Instant // Due of the last that came
	index  []slot  // by hash; linear probing
	filled int     // slots that are not empty
	queued bool    // the agenda will wake the first
}

// block is blockSize sleepers, and as much of what is shown if that is told of any.
type block struct {
	sleepers []sleeper
	shown    []shown
}

// shown is what the events of a connection need besides; of one of which nothing
// is told it is 0.
type shown struct{ number, started int }

const blockSize = 1024

// gone is the Due of one that has left the queue before its turn.
const gone = -1

// slot is a place of the queue in the index, or 0 for none. Each sleeper is memory
// far away from the last, so a slot tells without a look at it of most that they
// are not the one: by some bits of the hash, and by the place, of those who have
// left the queue. They stay in the index until another takes the slot. Of the
// place 24 bits will do, for no queue is as long.
type slot uint32

const (
	placeBits = 24
	placeMask = 1<<placeBits - 1
	occupied  = 1 << 31
)

func slotOf(place, hash uint32) slot {
	return slot(occupied | hash>>1&^placeMask | place&placeMask)
}

// live is the place in a slot, if that is still in the queue.
func (d *dormitory) live(s slot) (place uint32, ok bool) {
	behind := (uint32(s) - d.first) & placeMask
	return d.first + behind, behind < d.next-d.first
}

func (d *dormitory) at(place uint32) *sleeper {
	i := place - d.base
	return &d.blocks[i/blockSize].sleepers[i%blockSize]
}

// hash spreads 4-tuples over the index.
func (t FourTuple) hash() uint32 {
	words := t.words()
	return uint32(mix(words[0]^mix(words[1])) >> 32)
}

// add puts a sleeper at the end of the queue.
func (d *dormitory) add(p sleeper, known shown) {
	if 4*(d.filled+1) > 3*len(d.index) {
		d.refile()
	}
	if i := int(d.next-d.base) / blockSize; i == len(d.blocks) {
		d.blocks = append(d.blocks, block{sleepers: make([]sleeper, blockSize)})
	}
	*d.at(d.next) = p
	d.show(d.next, known)
	d.file(d.next, p.tuple().hash())
	d.next++
	d.count++
	d.most = max(d.most, d.count)
}

// show keeps what is shown of the sleeper of a place.
func (d *dormitory) show(place uint32, known shown) {
	i := place - d.base
	b := &d.blocks[i/blockSize]
	if b.shown == nil && known.number > 0 {
		b.shown = make([]shown, blockSize)
	}
	if b.shown != nil {
		b.shown[i%blockSize] = known
	}
}

// shows gives it back.
func (d *dormitory) shows(place uint32) (known shown, told bool) {
	i := place - d.base
	if b := &d.blocks[i/blockSize]; b.shown != nil {
		known = b.shown[i%blockSize]
	}
	return known, known.number > 0
}

// file enters a place into the index.
func (d *dormitory) file(place, hash uint32) {
	mask := uint32(len(d.index) - 1)
	i := hash & mask
	for ; d.index[i] != 0; i = (i + 1) & mask {
		if _, ok := d.live(d.index[i]); !ok {
			d.filled-- // and filled again
			break
		}
	}
	d.index[i] = slotOf(place, hash)
	d.filled++
}

// refile makes the index anew without those who have left, and larger if that
// would not free enough of it.
func (d *dormitory) refile() {
	if 8*d.count >= 5*len(d.index) {
		d.index = make([]slot, max(64, 2*len(d.index)))
	} else {
		clear(d.index)
	}
	d.filled = 0
	for place := d.first; place != d.next; place++ {
		if p := d.at(place); p.Due != gone {
			d.file(place, p.tuple().hash())
		}
	}
}

// find gives the place of a 4-tuple, if it sleeps here.
func (d *dormitory) find(tuple FourTuple) (place uint32, found bool) {
	if d.count == 0 {
		return 0, false
	}
	mask, hash := uint32(len(d.index)-1), tuple.hash()
	alike := slotOf(0, hash) >> placeBits
	for i := hash & mask; d.index[i] != 0; i = (i + 1) & mask {
		if d.index[i]>>placeBits != alike {
			continue
		}
		if place, ok := d.live(d.index[i]); ok {
			if p := d.at(place); p.Due != gone && p.tuple() == tuple {
				return place, true
			}
		}
	}
	return 0, false
}

// leave takes a sleeper out of the queue.
func (d *dormitory) leave(place uint32) sleeper {
	p := *d.at(place)
	d.at(place).Due = gone
	d.count--
	for d.first != d.next && d.at(d.first).Due == gone {
		d.first++
		if d.first-d.base == blockSize {
			head := d.blocks[0]
			d.blocks = append(d.blocks[:copy(d.blocks, d.blocks[1:])], head) // to be used again at the end
			d.base = d.first
		}
	}
	return p
}

// rest lets a connection sleep, if nothing but its wait is left of it.
func (h *host) rest(s *socket) {
	r, ok := s.conn.Rest()
	if !ok || s.tuple.Local.Port == 0 || r.Due < h.resting.latest {
		return
	}
	h.resting.latest = r.Due
	s.enrolled = false
	delete(h.tuples, s.tuple.words())
	var known shown
	if !s.quiet {
		known = shown{s.number, s.started[tcp.TimeWaitTimer]}
	}
	h.resting.add(sleeper{r, s.tuple.Local.Addr, s.tuple.Remote.Addr, s.tuple.Local.Port, s.tuple.Remote.Port, uint32(s.incarnation)}, known)
	s.giveBack()
	h.callAt(r.Due)
}

// callAt has the agenda wake the first sleeper when its time has come.
func (h *host) callAt(due Instant) {
	if !h.resting.queued {
		h.resting.queued = true
		h.run.agenda.push(due, timeouts, entry{act: actWake, plan: int32(h.index)})
	}
}

// wakeDue wakes those whose wait is over.
func (h *host) wakeDue(now Instant) {
	d := &h.resting
	d.queued = false
	for d.count > 0 {
		p := d.at(d.first)
		if p.Due > now {
			h.callAt(p.Due)
			return
		}
		s := h.rouse(d.first)
		s.wake = now
		s.ring(now)
	}
}

// rouse makes a sleeper a socket again, which nobody finds by its 4-tuple: who
// rouses one nearly always ends it.
func (h *host) rouse(place uint32) *socket {
	known, told := h.resting.shows(place)
	p := h.resting.leave(place)
	s := h.blank()
	s.conn.Wake(&h.machine.policy, p.Rest)
	s.quiet, s.mini = true, p.Mini
	s.tuple, s.incarnation = p.tuple(), int(p.incarnation)
	s.errand = errand{loader: h.run.loaderOf(h), ready: true, closed: true}
	if told {
		s.quiet, s.number, s.started[tcp.TimeWaitTimer] = false, known.number, known.started
	}
	return s
}

// find is the connection of a 4-tuple, woken if it slept. Nearly always it is
// the one that the sender's last segment came to.
func (h *host) find(tuple FourTuple, sender *socket) *socket {
	if sender != nil {
		if s := sender.mate; s != nil && s.enrolled && s.host == h && s.tuple == tuple {
			return s
		}
	}
	if s := h.tuples[tuple.words()]; s != nil {
		if sender != nil {
			sender.mate = s
		}
		return s
	}
	if place, sleeps := h.resting.find(tuple); sleeps {
		s := h.rouse(place)
		s.enrolled = true
		h.tuples[tuple.words()] = s
		s.schedule()
		return s
	}
	return nil
}
