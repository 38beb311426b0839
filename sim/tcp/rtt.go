package tcp

// estimator holds the round-trip estimate of RFC 6298, section 2, in integers.
type estimator struct {
	measuredOnce bool
	srtt, rttvar Duration
	rto          Duration

	// With Policy.FloorVariance: the mean deviation, the largest one since
	// measuredUpTo was acknowledged, and that number.
	mean, worst  Duration
	measuredUpTo Seq
	una, nxt     Seq // SND.UNA and SND.NXT at the sample
}

// measured takes one sample and with it ends any backing off.
func (e *estimator) measured(p *Policy, r Duration) {
	if p.FloorVariance {
		e.measuredWithFloor(p, r)
		return
	}
	if !e.measuredOnce {
		e.measuredOnce = true
		e.srtt, e.rttvar = r, r/2
	} else {
		off := e.srtt - r
		if off < 0 {
			off = -off
		}
		e.rttvar = (3*e.rttvar + off) / 4
		e.srtt = (7*e.srtt + r) / 8
	}
	e.rto = min(max(e.srtt+4*e.rttvar, p.RTOMin), p.RTOMax)
}

// measuredWithFloor is the estimate of Linux (tcp_rtt_estimator): the variance
// term is four mean deviations but at least RTOMin, grows at once and shrinks
// once per round trip; a sample below the mean counts little for the deviation.
func (e *estimator) measuredWithFloor(p *Policy, r Duration) {
	if !e.measuredOnce {
		e.measuredOnce = true
		e.srtt, e.mean = r, r/2
		e.rttvar = max(4*e.mean, p.RTOMin)
		e.worst = e.rttvar
		e.measuredUpTo = e.nxt
	} else {
		e.deviate(p, r-e.srtt)
	}
	e.rto = min(p.ticks(e.srtt+e.rttvar), p.RTOMax) // kept in ticks, so that doubling doubles the rounding
}

func (e *estimator) deviate(p *Policy, off Duration) {
	e.srtt += off / 8
	if off < 0 {
		if off = -off - e.mean; off > 0 {
			off /= 8
		}
	} else {
		off -= e.mean
	}
	e.mean += off / 4
	e.worst = max(e.worst, 4*e.mean)
	e.rttvar = max(e.rttvar, e.worst)
	if e.measuredUpTo.Before(e.una) {
		e.rttvar -= (e.rttvar - e.worst) / 4
		e.measuredUpTo = e.nxt
		e.worst = p.RTOMin
	}
}

func (e *estimator) backOff(p *Policy) { e.rto = min(2*e.rto, p.RTOMax) }

// rtoAfterLostSYN is what the RTO becomes when data begin to flow after a SYN
// that had to be sent again (RFC 6298, 5.7).
const rtoAfterLostSYN = 3 * Second
