package tcp

// Restart says what makes TIME_WAIT begin anew.
type Restart uint8

const (
	RestartFIN    Restart = iota // the peer's FIN again (RFC 9293, 3.10.7.4)
	RestartAnyACK                // any segment with ACK, but a RST, that gets that far (Linux, tcp_timewait_state_process)
	RestartNever                 // nothing: a counterfactual for lessons
)

// Policy holds the numbers and choices that a TCP is free to make, or that a
// lesson changes to show what would follow. The zero value of every field below
// the first group leaves RFC 9293 as it is written; each names the function of
// Linux, or the RFC, that it describes.
type Policy struct {
	TimeWait Duration // length of TIME_WAIT; 0 is allowed as a counterfactual
	Restart  Restart
	RTOFirst Duration // before the first measurement (RFC 6298, 2.1)
	RTOMin   Duration // RFC 6298, 2.4
	RTOMax   Duration // RFC 6298, 2.5
	R2       int      // retransmissions before giving up (RFC 9293, 3.8.3)
	FinWait2 Duration // how long an orphan waits in FIN_WAIT_2; 0 is without limit
	MSS      int      // largest text of one segment, in bytes; a SYN offers it
	Window   int      // receive buffer, in bytes

	// Clock and estimate.
	Tick          Duration // timers are rounded up to it; 0 is exact (Linux: a jiffy)
	FloorVariance bool     // RTOMin bounds the variance and not the sum (tcp_rtt_estimator)
	Timestamps    bool     // RFC 7323: offered and, with a willing peer, used
	Scale         bool     // of the window, likewise (RFC 7323, 2)
	Shift         uint8    // our own scale, at most 14; also 0 is offered, since it lets the peer scale
	SACK          bool     // likewise (RFC 2018); the blocks are outside this model, but Linux probes the tail only with it, and takes a RST at the end of what it has reported

	TSOffset uint32 // added to the clock of timestamps: hosts began to count at different times
	Recycle  bool   // TIME_WAIT lasts 3.5 RTO if timestamps are used (tcp_tw_recycle, until Linux 4.11)

	// How long a sender tries. With Patience, R2 and the two below are not
	// counts: they say how long so many retransmissions would take
	// (retransmits_timed_out), from the first of them on.
	Patience      bool
	OrphanRetries int      // in place of R2 once the application is gone; 0 are 8 (tcp_orphan_retries)
	SynRetries    int      // of a SYN (tcp_syn_retries)
	SynLinear     int      // timeouts of a SYN that do not double the RTO (tcp_syn_linear_timeouts)
	SynAckRetries int      // of a SYN,ACK (tcp_synack_retries)
	Request       bool     // SYN_RCVD of a listener has rules of its own: request.go
	BareSYN       bool     // what comes with a SYN is not kept, and a listener drops a SYN with FIN (tcp_rcv_state_process)
	FlagsFirst    bool     // what has none of ACK, RST and SYN is dropped before its number is looked at (tcp_rcv_state_process)
	CrossedSynAck bool     // of a simultaneous open, a SYN,ACK opens too, and not only the ACK that it draws (tcp_validate_incoming)
	UserTimeout   Duration // RFC 5482; 0 is off (TCP_USER_TIMEOUT)
	WrongAckRetry Duration // SYN again so soon after a wrong ACK; 0 leaves the timer alone (tcp_rcv_synsent_state_process)

	// Repair.
	LossProbe     bool     // the last segment again before the first timeout (tcp_schedule_loss_probe; RFC 8985, 7)
	ProbeSlack    Duration // added to 2 round trips with more than one segment out (TCP_TIMEOUT_MIN_US)
	WholeACKs     bool     // an ACK of part of a segment measures nothing and restarts no timer (tcp_clean_rtx_queue)
	Collapse      bool     // small segments that go again are joined (tcp_retrans_try_collapse)
	RefillOnACK   bool     // after a timeout, ACKs clock out the rest that is presumed lost (tcp_enter_loss)
	InitialWindow int      // segments that may be out before the first ACK; 0 is without limit (RFC 6928)
	Persist       bool     // probe a window too small to send in (RFC 9293, 3.8.6.1)

	// Sending.
	Nagle      bool // one small segment out at a time, in Minshall's variant (tcp_nagle_check)
	Whole      bool // a segment is cut by the MSS alone: one that does not fit the window waits (tcp_snd_wnd_test)
	HalfWindow bool // no segment is larger than half of the largest window seen (tcp_bound_to_half_wnd)
	Burst      int  // segments handed down as one, the last with PSH; 0 is one (tcp_tso_autosize)

	// Acknowledging.
	DelayedACK Duration // 0 acknowledges in the instant of the cause (tcp_send_delayed_ack, RFC 9293, 3.8.6.3)
	QuickACKs  int      // ACKs at once when data begin to flow (tcp_incr_quickack)
	PingPong   int      // so many answers end it (tcp_pingpong_thresh)
	QuietPAWS  bool     // a bare ACK that is old by number and by timestamp draws nothing (tcp_disordered_ack_check)
	StrictACK  bool     // an ACK older than the connection always draws a challenge (tcp_ack)
	RateLimit  Duration // a span with few answers to invalid segments without text; 0 is off (tcp_oow_rate_limited)
	RateBurst  int      // how many they may be; 0 is one (RFC 5961, 7)

	// The end.
	Minisock   bool     // TIME_WAIT and an orphan's FIN_WAIT_2 have rules of their own: minisock.go
	RFC1337    bool     // a RST does not end TIME_WAIT (RFC 1337, fix F1)
	Linger2    Duration // an orphan's FIN_WAIT_2 instead of FinWait2; negative ends it with RST (TCP_LINGER2)
	ResetByFIN bool     // a RST for text is numbered by the text's ACK, and one numbered as the peer's FIN counts too (tcp_v4_send_reset, tcp_reset_check); text that reaches across that FIN draws one (tcp_rcv_state_process)

	// The receive buffer, when the application reads by calls. 0 holds Window
	// bytes of text and nothing else.
	RcvBuf int // with what each segment costs to keep (sk_rcvbuf)

	// Keep-alive (RFC 9293, 3.8.4); KeepIdle 0 is off.
	KeepIdle, KeepInterval Duration
	KeepCount              int
}
