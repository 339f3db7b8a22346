"""USD-M perpetuals in Binance's dialect: what differs from spot. Positions are one-way, margins the instrument's."""
