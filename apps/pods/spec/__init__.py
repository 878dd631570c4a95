"""The settings of a pool: their schema and rules, and the pod spec that is made from them."""
