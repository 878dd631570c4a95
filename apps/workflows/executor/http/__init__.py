"""HTTP as steps use it: requests described, addresses checked, answers of bounded size."""
