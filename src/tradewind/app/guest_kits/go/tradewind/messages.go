package tradewind

// What is said to the host and heard from it. Times are nanoseconds UTC, 0 where there is none.

// A Bar is a closed bar; Time is when it opened.
type Bar struct {
	Symbol                         string
	Time                           int64
	Open, High, Low, Close, Volume float64
}

// An Order to place. Price is the limit; a market order has none. By an Alias of your choice it can be asked about and cancelled.
type Order struct {
	Alias    string
	Symbol   string
	Side     Side
	Type     OrderType
	Position PositionType
	Quantity float64
	Price    float64
	Reason   Reason
	Label    string
}

// A Reason is kept with the order.
type Reason struct{ Reason, Message string }

// An OpenOrder has not ended yet.
type OpenOrder struct {
	ID       string
	Symbol   string
	Side     Side
	Type     OrderType
	Position PositionType
	Quantity float64
	Price    float64
	Reason   Reason
	Label    string
}

// A Position is this strategy's own in one symbol: more than 0 is long, less is short.
type Position struct {
	Symbol              string
	Quantity            float64
	TotalIn, TotalOut   float64
	AmountIn, AmountOut float64
	FeeIn, FeeOut       float64
	Opened              int64
	Label               string
}

// An AccountInfo is in the account's base currency.
type AccountInfo struct {
	Balance, Equity, BuyingPower float64
	RealizedPnL, UnrealizedPnL   float64
	TotalFees, MarginUsed        float64
}

// A Trade is one execution.
type Trade struct {
	OrderID              string
	Symbol               string
	Side                 Side
	Position             PositionType
	Quantity, Price, Fee float64
	PnL, CumulativePnL   float64
	Executed             int64
	Reason               Reason
	Label                string
}

// A Signal is what an indicator of the host says; Raw is a JSON object of its values, see Value.
type Signal struct {
	Time      int64
	Type      SignalType
	Name      string
	Reason    string
	Raw       string
	Symbol    string
	Indicator Indicator
}

// A Marker is a mark on the chart. Color is a name (red, green, blue, yellow, purple, orange) or #RRGGBB.
type Marker struct {
	Color    string
	Shape    MarkShape
	Title    string
	Message  string
	Category string
	Signal   SignalType
	Level    MarkLevel
}

type (
	Side         int32
	OrderType    int32
	PositionType int32
	OrderStatus  int32
	Interval     int32
	Indicator    int32
	SignalType   int32
	MarkShape    int32
	MarkLevel    int32
	Level        int32
)

const (
	Buy Side = iota
	Sell
)

const (
	Market OrderType = iota
	Limit
)

const (
	Long PositionType = iota
	Short
)

const (
	Pending OrderStatus = iota
	Filled
	Cancelled
	Rejected
	Failed
)

const (
	Minute Interval = iota
	Minutes5
	Minutes15
	Minutes30
	Hour
	Hours4
	Hours6
	Hours8
	Hours12
	Day
	Week
	Month
)

const (
	IndicatorRSI Indicator = iota
	IndicatorMACD
	IndicatorBollingerBands
	IndicatorStochastic
	IndicatorWilliamsR
	IndicatorADX
	IndicatorCCI
	IndicatorAO
	IndicatorTrendStrength
	IndicatorRangeFilter
	IndicatorEMA
	IndicatorWaddahAttar
	IndicatorATR
	IndicatorMA
	IndicatorPSY
)

const (
	BuyLong SignalType = iota
	SellLong
	BuyShort
	SellShort
	NoAction
	ClosePosition
	Wait
	Abort
)

const (
	Circle MarkShape = iota
	Square
	Triangle
)

const (
	MarkInfo MarkLevel = iota
	MarkWarning
	MarkError
)

const (
	Debug Level = iota
	Info
	Warn
	Error
)

func (b Bar) encode(w *writer) {
	w.text(1, b.Symbol)
	w.double(2, b.High)
	w.double(3, b.Low)
	w.double(4, b.Open)
	w.double(5, b.Close)
	w.double(6, b.Volume)
	w.time(7, b.Time)
}

func (b *Bar) decode(r *reader) {
	for r.next() {
		switch r.field {
		case 1:
			b.Symbol = r.symbol()
		case 2:
			b.High = r.double()
		case 3:
			b.Low = r.double()
		case 4:
			b.Open = r.double()
		case 5:
			b.Close = r.double()
		case 6:
			b.Volume = r.double()
		case 7:
			b.Time = r.time()
		}
	}
}

func (o Order) encode(w *writer) {
	w.text(1, o.Alias)
	w.text(2, o.Symbol)
	w.number(3, int64(o.Side))
	w.number(4, int64(o.Type))
	if o.Reason != (Reason{}) {
		put(w, 5, o.Reason)
	}
	w.double(6, o.Price)
	w.text(7, o.Label)
	w.double(8, o.Quantity)
	w.number(11, int64(o.Position))
}

func (r Reason) encode(w *writer) {
	w.text(1, r.Reason)
	w.text(2, r.Message)
}

func (v *Reason) decode(r *reader) {
	for r.next() {
		switch r.field {
		case 1:
			v.Reason = r.text()
		case 2:
			v.Message = r.text()
		}
	}
}

func (o *OpenOrder) decode(r *reader) {
	for r.next() {
		switch r.field {
		case 1:
			o.ID = r.text()
		case 2:
			o.Symbol = r.symbol()
		case 3:
			o.Side = Side(r.number())
		case 4:
			o.Type = OrderType(r.number())
		case 5:
			o.Quantity = r.double()
		case 6:
			o.Price = r.double()
		case 7:
			o.Label = r.text()
		case 8:
			o.Position = PositionType(r.number())
		case 9:
			r.inner(o.Reason.decode)
		}
	}
}

func (p *Position) decode(r *reader) {
	for r.next() {
		switch r.field {
		case 1:
			p.Symbol = r.symbol()
		case 2:
			p.Quantity = r.double()
		case 3:
			p.TotalIn = r.double()
		case 4:
			p.TotalOut = r.double()
		case 5:
			p.AmountIn = r.double()
		case 6:
			p.AmountOut = r.double()
		case 7:
			p.FeeIn = r.double()
		case 8:
			p.FeeOut = r.double()
		case 9:
			p.Opened = r.time()
		case 10:
			p.Label = r.text()
		}
	}
}

func (a *AccountInfo) decode(r *reader) {
	for r.next() {
		switch r.field {
		case 1:
			a.Balance = r.double()
		case 2:
			a.Equity = r.double()
		case 3:
			a.BuyingPower = r.double()
		case 4:
			a.RealizedPnL = r.double()
		case 5:
			a.UnrealizedPnL = r.double()
		case 6:
			a.TotalFees = r.double()
		case 7:
			a.MarginUsed = r.double()
		}
	}
}

func (t *Trade) decode(r *reader) {
	for r.next() {
		switch r.field {
		case 1:
			t.OrderID = r.text()
		case 2:
			t.Symbol = r.symbol()
		case 3:
			t.Side = Side(r.number())
		case 4:
			t.Quantity = r.double()
		case 5:
			t.Price = r.double()
		case 6:
			t.Executed = r.time()
		case 7:
			t.Fee = r.double()
		case 8:
			t.PnL = r.double()
		case 9:
			t.Position = PositionType(r.number())
		case 10:
			t.Label = r.text()
		case 11:
			r.inner(t.Reason.decode)
		case 12:
			t.CumulativePnL = r.double()
		}
	}
}

func (s *Signal) decode(r *reader) {
	for r.next() {
		switch r.field {
		case 1:
			s.Time = r.time()
		case 2:
			s.Type = SignalType(r.number())
		case 3:
			s.Name = r.symbol()
		case 4:
			s.Reason = r.text()
		case 5:
			s.Raw = r.text()
		case 6:
			s.Symbol = r.symbol()
		case 7:
			s.Indicator = Indicator(r.number())
		}
	}
}

func (m Marker) encode(w *writer) {
	w.text(1, m.Color)
	w.number(2, int64(m.Shape))
	w.text(3, m.Title)
	w.text(4, m.Message)
	w.text(5, m.Category)
	w.number(6, int64(m.Signal))
	w.number(7, int64(m.Level))
}

func (m *Marker) decode(r *reader) {
	for r.next() {
		switch r.field {
		case 1:
			m.Color = r.text()
		case 2:
			m.Shape = MarkShape(r.number())
		case 3:
			m.Title = r.text()
		case 4:
			m.Message = r.text()
		case 5:
			m.Category = r.text()
		case 6:
			m.Signal = SignalType(r.number())
		case 7:
			m.Level = MarkLevel(r.number())
		}
	}
}
