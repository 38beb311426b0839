package sim

import "fourwaves/sim/tcp"

// machine is how one host behaves: its TCP and what lies around it. The zero
// value of a field leaves the simple host of the RFC.
type machine struct {
	policy tcp.Policy
	// eager: every call, segment and timer lets the connection send at once,
	// not once per instant (ruling 2).
	eager       bool
	first, last uint16       // ephemeral ports
	evenFirst   bool         // connect() tries every other port before the rest (__inet_hash_connect)
	isn         numbering    // how first sequence numbers are chosen
	isnPerMS    int          // numbers that the clock of first sequence numbers counts per millisecond
	reuse       int          // tcp_tw_reuse
	reuseDelay  tcp.Duration // tcp_tw_reuse_delay
	maxTimeWait int          // tcp_max_tw_buckets; negative is without limit
	sndBuf      int          // bytes that a connection takes before send() blocks; 0 is without limit
	reopens     bool         // a SYN may open a connection out of TIME_WAIT
	descriptors int          // that a process may hold (RLIMIT_NOFILE); 0 is without limit
	keepIdle    tcp.Duration // tcp_keepalive_time, for sockets that ask for keep-alive
}

// profile is a named machine, with what its authors believe of the network.
type profile struct {
	name     string
	machine  machine
	msl      tcp.Duration
	timeWait tcp.Duration // negative is 2 x msl
}

// profiles holds the data of every profile: each number with its source, and
// "assumed" where no text or program fixes it. Nothing in the engine asks for a
// profile's name.
var profiles = []profile{rfc9293, linux, freebsd, windows}

var rfc9293 = profile{
	name:     "rfc9293",
	msl:      2 * tcp.Minute, // RFC 9293, 3.4.2
	timeWait: -1,             // RFC 9293, 3.6.1
	machine: machine{
		policy: tcp.Policy{
			Restart:  tcp.RestartFIN,
			RTOFirst: tcp.Second,      // RFC 6298, 2.1
			RTOMin:   tcp.Second,      // RFC 6298, 2.4
			RTOMax:   tcp.Minute,      // RFC 6298, 2.5
			R2:       8,               // 243 s from an RTO of 1 s: over the 100 s, and for SYN the 3 min, of RFC 9293, 3.8.3
			FinWait2: 10 * tcp.Minute, // assumed: the RFC has no limit, but every orphan must end
			MSS:      1460,            // assumed: IPv4 over Ethernet
			Window:   65535,           // assumed: the largest without window scaling
			Persist:  true,            // RFC 9293, 3.8.6.1
			// assumed: RFC 5961, 7 asks for a limit and gives these as an example
			RateLimit: 5 * tcp.Second,
			RateBurst: 10,

			KeepInterval: 75 * tcp.Second, // assumed, as the two below: RFC 9293, 3.8.4 fixes only the 2 hours
			KeepCount:    9,
		},
		first: 49152, last: 65535, // IANA's dynamic range, RFC 6335
		keepIdle:    2 * 60 * tcp.Minute, // RFC 9293, 3.8.4
		maxTimeWait: -1,                  // the RFC sets none
		isnPerMS:    250,                 // the 4 microsecond clock of RFC 9293, 3.4.1
		reopens:     true,                // RFC 9293, 3.6.1, MAY-2; RFC 6191
	},
}

var linux = profile{
	name:     "linux",
	msl:      2 * tcp.Minute, // assumed, for the network: the kernel has no such number
	timeWait: tcp.Minute,     // TCP_TIMEWAIT_LEN, include/net/tcp.h: no sysctl changes it
	machine: machine{
		policy: tcp.Policy{
			Restart:    tcp.RestartAnyACK,    // tcp_timewait_state_process
			RTOFirst:   tcp.Second,           // TCP_TIMEOUT_INIT
			RTOMin:     200 * ms,             // TCP_RTO_MIN, tcp_rto_min_us
			RTOMax:     2 * tcp.Minute,       // TCP_RTO_MAX
			R2:         15,                   // tcp_retries2
			FinWait2:   tcp.Minute,           // tcp_fin_timeout
			MSS:        1460,                 // assumed: IPv4 over Ethernet
			Window:     65535,                // about what tcp_rmem's default offers
			RcvBuf:     131072,               // tcp_rmem, default
			Tick:       4 * ms,               // HZ=250, the kernel of the recordings
			Persist:    true,                 // tcp_probe_timer
			Nagle:      true,                 // tcp_nagle_check
			Whole:      true,                 // tcp_snd_wnd_test
			HalfWindow: true,                 // tcp_bound_to_half_wnd
			Burst:      2,                    // tcp_min_tso_segs, which holds at these rates
			Minisock:   true, Patience: true, // tcp_minisocks.c; retransmits_timed_out

			FloorVariance: true,     // tcp_rtt_estimator
			Timestamps:    true,     // tcp_timestamps
			Scale:         true,     // tcp_window_scaling
			Shift:         7,        // tcp_select_initial_window, of the 6 MB that tcp_rmem allows
			SACK:          true,     // tcp_sack
			OrphanRetries: 0,        // tcp_orphan_retries, which mean 8
			SynRetries:    6,        // tcp_syn_retries
			SynLinear:     4,        // tcp_syn_linear_timeouts
			SynAckRetries: 5,        // tcp_synack_retries
			WrongAckRetry: 8 * ms,   // TCP_TIMEOUT_MIN, 2 jiffies
			LossProbe:     true,     // tcp_early_retrans = 3
			ProbeSlack:    2 * ms,   // TCP_TIMEOUT_MIN_US
			WholeACKs:     true,     // tcp_clean_rtx_queue
			Collapse:      true,     // tcp_retrans_collapse
			RefillOnACK:   true,     // tcp_enter_loss
			InitialWindow: 10,       // TCP_INIT_CWND
			DelayedACK:    40 * ms,  // TCP_DELACK_MIN
			QuickACKs:     16,       // TCP_MAX_QUICKACKS
			PingPong:      1,        // tcp_pingpong_thresh
			QuietPAWS:     true,     // tcp_disordered_ack_check
			StrictACK:     true,     // tcp_ack
			Request:       true,     // tcp_check_req
			BareSYN:       true,     // tcp_rcv_state_process
			FlagsFirst:    true,     // tcp_rcv_state_process
			CrossedSynAck: true,     // tcp_validate_incoming
			RateLimit:     500 * ms, // tcp_invalid_ratelimit
			RateBurst:     1,
			ResetByFIN:    true, // tcp_reset_check

			KeepInterval: 75 * tcp.Second, // tcp_keepalive_intvl
			KeepCount:    9,               // tcp_keepalive_probes
		},
		eager: true,
		first: 32768, last: 60999, evenFirst: true, // ip_local_port_range
		isnPerMS:    15625, // secure_tcp_seq counts in 64 ns
		reuse:       2,
		reuseDelay:  tcp.Second,
		maxTimeWait: 131072,              // of the recorded machine; the kernel derives it from its memory
		keepIdle:    2 * 60 * tcp.Minute, // tcp_keepalive_time
		sndBuf:      87040,               // tcp_init_buffer_space: twice ten segments at 4352 bytes each
		reopens:     true,
	},
}

// freebsd is profile rfc9293 but for what FreeBSD documents otherwise: tcp(4),
// ip(4), netinet/tcp_timer.h. Whatever is not named here is inherited.
var freebsd = func() profile {
	p := rfc9293
	p.name = "freebsd"
	p.msl = 30 * tcp.Second // net.inet.tcp.msl; TIME_WAIT is twice that
	m := &p.machine
	m.policy.RTOMax = 64 * tcp.Second // TCPTV_REXMTMAX
	m.policy.R2 = 12                  // TCP_MAXRXTSHIFT
	// tcp_timer_2msl: TCPTV_KEEPCNT times TCPTV_KEEPINTVL. Only with fast_finwait2_recycle, which is
	// off, it is the 60 s of finwait2_timeout.
	m.policy.FinWait2 = 10 * tcp.Minute
	m.policy.RFC1337 = true // tcp_twcheck drops a RST
	m.policy.KeepCount = 8  // TCPTV_KEEPCNT
	m.first = 10000         // net.inet.ip.portrange.first
	return p
}()

// windows is profile rfc9293 but for what the registry of Windows Server 2003
// sets, whose parameters are documented one by one (later versions are not so).
// Whatever is not named here is inherited.
var windows = func() profile {
	p := rfc9293
	p.name = "windows"
	p.timeWait = 2 * tcp.Minute // TcpTimedWaitDelay, whatever the MSL
	m := &p.machine
	m.policy.RTOFirst = 3 * tcp.Second // TcpInitialRTT
	m.policy.R2 = 5                    // TcpMaxDataRetransmissions
	m.policy.KeepInterval = tcp.Second // KeepAliveInterval
	m.policy.KeepCount = 5             // TcpMaxDataRetransmissions
	m.first, m.last = 1025, 5000       // MaxUserPort
	return p
}()

const ms = tcp.Millisecond

func profileNamed(name string) profile {
	for _, p := range profiles {
		if p.name == name {
			return p
		}
	}
	return profiles[0]
}

// sysctl is one kernel parameter: what it sets, and how many numbers it takes.
type sysctl struct {
	name    string
	numbers int
	set     func(m *machine, v, w int)
}

var sysctls = []sysctl{
	{"nofile", 1, func(m *machine, v, _ int) { m.descriptors = v }}, // ulimit -n, in truth no sysctl
	{"tcp_fin_timeout", 1, func(m *machine, v, _ int) { m.policy.FinWait2 = tcp.Duration(v) * tcp.Second }},
	{"tcp_tw_reuse", 1, func(m *machine, v, _ int) { m.reuse = v }},
	{"tcp_tw_recycle", 1, func(m *machine, v, _ int) { m.policy.Recycle = v != 0 }}, // until Linux 4.11
	{"tcp_tw_reuse_delay", 1, func(m *machine, v, _ int) { m.reuseDelay = tcp.Duration(v) * ms }},
	{"tcp_window_scaling", 1, func(m *machine, v, _ int) { m.policy.Scale, m.policy.Shift = v != 0, linux.machine.policy.Shift }},
	{"tcp_timestamps", 1, func(m *machine, v, _ int) { m.policy.Timestamps = v != 0 }},
	{"tcp_orphan_retries", 1, func(m *machine, v, _ int) { m.policy.OrphanRetries = v }},
	{"tcp_rfc1337", 1, func(m *machine, v, _ int) { m.policy.RFC1337 = v != 0 }},
	{"tcp_max_tw_buckets", 1, func(m *machine, v, _ int) { m.maxTimeWait = v }},
	{"tcp_retries2", 1, func(m *machine, v, _ int) { m.policy.R2 = v }},
	{"tcp_early_retrans", 1, func(m *machine, v, _ int) { m.policy.LossProbe = v == 3 || v == 4 }},
	{"tcp_sack", 1, func(m *machine, v, _ int) { m.policy.SACK = v != 0 }},
	{"tcp_invalid_ratelimit", 1, func(m *machine, v, _ int) { m.policy.RateLimit, m.policy.RateBurst = tcp.Duration(v)*ms, 1 }},
	{"tcp_syn_retries", 1, func(m *machine, v, _ int) { m.policy.SynRetries = v }},
	{"tcp_syn_linear_timeouts", 1, func(m *machine, v, _ int) { m.policy.SynLinear = v }},
	{"tcp_synack_retries", 1, func(m *machine, v, _ int) { m.policy.SynAckRetries = v }},
	{"tcp_rto_min_us", 1, func(m *machine, v, _ int) { m.policy.RTOMin = max(tcp.Duration(v), ms) }},
	{"ip_local_port_range", 2, func(m *machine, v, w int) { m.first, m.last = uint16(v), uint16(w) }},
	{"tcp_pingpong_thresh", 1, func(m *machine, v, _ int) { m.policy.PingPong = max(1, v) }},
	{"tcp_rto_max_ms", 1, func(m *machine, v, _ int) { m.policy.RTOMax = max(tcp.Duration(v)*ms, tcp.Second) }},
	{"tcp_keepalive_time", 1, func(m *machine, v, _ int) { m.keepIdle = tcp.Duration(v) * tcp.Second }},
	{"tcp_keepalive_intvl", 1, func(m *machine, v, _ int) { m.policy.KeepInterval = tcp.Duration(v) * tcp.Second }},
	{"tcp_keepalive_probes", 1, func(m *machine, v, _ int) { m.policy.KeepCount = v }},
}

func sysctlNames() []string {
	names := make([]string, len(sysctls))
	for i, s := range sysctls {
		names[i] = s.name
	}
	return names
}

// apply sets a parameter of one machine.
func (m *machine) apply(name string, v, w int) {
	for _, s := range sysctls {
		if s.name == name {
			s.set(m, v, w)
		}
	}
}
