// Powers as the reference computes them: not the nearest double but the same one.
#pragma once

namespace fas::expr {

double power_of(double x, double y);

}  // namespace fas::expr
