"""The engines that run a query: one package each, behind the contract in :mod:`certhound.query.engines.contract`."""
