package tradewind

// The same steps in the same order as tradewind's Python indicators, so the values agree to the last bit.

// An SMA is a simple moving average, exact once a lap of its window and carried on by differences between.
type SMA struct {
	ring  []float64
	left  int
	mean  float64
	ready bool
}

// NewSMA makes an average of `period` values, 1 or more.
func NewSMA(period int) *SMA { return &SMA{ring: make([]float64, period), left: period - 1} }

// Update takes the next value; ok is false until the window is full.
func (s *SMA) Update(value float64) (mean float64, ok bool) {
	period := len(s.ring)
	if s.left > 0 {
		if s.ready {
			s.mean += (value - s.ring[s.left]) * (1 / float64(period))
		}
		s.ring[s.left] = value
		s.left--
		return s.mean, s.ready
	}
	s.ring[0] = value
	s.left = period - 1
	s.mean = total(s.ring) / float64(period)
	s.ready = true
	return s.mean, true
}

// total adds up without loss what prices are made of: what each sum rounds off is kept beside it.
func total(values []float64) float64 {
	sum, lost := 0.0, 0.0
	for _, value := range values {
		next := sum + value
		part := next - sum
		lost += (sum - (next - part)) + (value - part)
		sum = next
	}
	return sum + lost
}

// An RSI is Wilder's relative strength index, 0 where nothing moved.
type RSI struct {
	period           int
	seen             int
	last, gain, loss float64
}

// NewRSI makes an index over `period` changes, 1 or more.
func NewRSI(period int) *RSI { return &RSI{period: period} }

// Update takes the next value; ok is false until there are `period` changes.
func (r *RSI) Update(value float64) (index float64, ok bool) {
	change := value - r.last
	r.last = value
	r.seen++
	size := float64(r.period)
	switch {
	case r.seen == 1: // no change yet: this value opens the series
	case r.seen <= r.period+1:
		r.gain += max(change, 0) / size
		r.loss += max(-change, 0) / size
	default:
		r.gain = (r.gain*(size-1) + max(change, 0)) / size
		r.loss = (r.loss*(size-1) + max(-change, 0)) / size
	}
	if r.seen <= r.period {
		return 0, false
	}
	if moved := r.gain + r.loss; moved > 0 {
		index = 100 * (r.gain / moved)
	}
	return index, true
}
