"""Just enough H.264 syntax: NAL units in both their framings, and the sequence parameter set.

After ITU-T H.264 (08/2021): Annex B (byte stream), 7.3.2.1.1 (SPS), E.1.1 (VUI); and ISO/IEC 14496-15, 5.3.3.1 (avcC).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

NON_IDR, IDR, SEI, SPS_UNIT, PPS_UNIT, DELIMITER = 1, 5, 6, 7, 8, 9
"""nal_unit_type values (table 7-1)."""

_START_CODE = re.compile(rb"\x00\x00\x01")
_HIGH_PROFILES = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}  # these carry chroma_format_idc


def split_annex_b(data: bytes) -> Iterator[bytes]:
    """The NAL units of a byte stream, without start codes and trailing zero bytes."""
    codes = list(_START_CODE.finditer(data))
    ends = [code.start() for code in codes[1:]] + [len(data)]
    for code, end in zip(codes, ends, strict=False):
        yield data[code.end() : end].rstrip(b"\x00")  # trailing_zero_8bits; a NAL unit itself never ends in a zero byte


def unit_type(unit: bytes) -> int:
    """nal_unit_type, 0..31."""
    return unit[0] & 31


@dataclass(frozen=True, slots=True)
class Sps:
    """What a decoder learns before the first picture."""

    profile: int  # 66 baseline, 77 main, 100 high
    constraints: int  # the byte of constraint_set flags
    level: int  # 31: level 3.1
    width: int  # luma samples, after cropping
    height: int
    reference_frames: int  # max_num_ref_frames
    reorder_frames: int | None  # max_num_reorder_frames; None: not said, so a decoder may wait for a full buffer
    buffered_frames: int | None  # max_dec_frame_buffering
    full_range: bool = False
    colour: tuple[int, int, int] | None = None  # colour_primaries, transfer_characteristics, matrix_coefficients

    @property
    def codec(self) -> str:
        """The codec string of RFC 6381, "avc1.64001f"."""
        return f"avc1.{self.profile:02x}{self.constraints:02x}{self.level:02x}"


class _Bits:
    """Reads the RBSP of a NAL unit, most significant bit first."""

    def __init__(self, unit: bytes) -> None:
        # Emulation prevention: the encoder put a 3 after two zero bytes, so that no start code can appear inside.
        rbsp = unit.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value, self._left = int.from_bytes(rbsp), len(rbsp) * 8

    def u(self, count: int) -> int:
        """u(n): an unsigned number of `count` bits."""
        if count > self._left:
            raise ValueError(f"a parameter set ends {count - self._left} bits too early")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def flag(self) -> bool:
        return self.u(1) == 1

    def ue(self) -> int:
        """ue(v): an unsigned Exp-Golomb number (9.1)."""
        zeros = 0
        while not self.u(1):
            zeros += 1
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        """se(v): a signed Exp-Golomb number (9.1.1)."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def parse_sps(unit: bytes) -> Sps:
    """Read a sequence parameter set, NAL header included. Raises ValueError when it is cut short or something else."""
    if not unit or unit_type(unit) != SPS_UNIT:
        raise ValueError(f"expected a sequence parameter set (type {SPS_UNIT}), found {unit[:1].hex() or 'nothing'}")
    bits = _Bits(unit[1:])
    profile, constraints, level = bits.u(8), bits.u(8), bits.u(8)
    bits.ue()  # seq_parameter_set_id
    chroma = 1
    if profile in _HIGH_PROFILES:
        chroma = bits.ue()
        if chroma == 3:
            bits.u(1)
        bits.ue(), bits.ue(), bits.u(1)  # bit depths, lossless
        if bits.flag():
            for index in range(8 if chroma != 3 else 12):
                if bits.flag():
                    _skip_scaling_list(bits, 16 if index < 6 else 64)
    bits.ue()  # log2_max_frame_num_minus4
    match bits.ue():  # pic_order_cnt_type
        case 0:
            bits.ue()
        case 1:
            bits.u(1), bits.se(), bits.se()
            for _ in range(bits.ue()):
                bits.se()
    references = bits.ue()
    bits.u(1)
    columns, rows = bits.ue() + 1, bits.ue() + 1
    fields = 1 if bits.flag() else 2  # frame_mbs_only_flag
    if fields == 2:
        bits.u(1)
    bits.u(1)  # direct_8x8_inference_flag
    crop = [bits.ue() for _ in range(4)] if bits.flag() else [0, 0, 0, 0]  # left, right, top, bottom
    unit_x, unit_y = (2 if chroma in (1, 2) else 1), (2 if chroma == 1 else 1) * fields
    full_range, colour, reorder, buffered = _parse_vui(bits) if bits.flag() else (False, None, None, None)
    return Sps(
        profile=profile,
        constraints=constraints,
        level=level,
        width=columns * 16 - unit_x * (crop[0] + crop[1]),
        height=rows * 16 * fields - unit_y * (crop[2] + crop[3]),
        reference_frames=references,
        reorder_frames=reorder,
        buffered_frames=buffered,
        full_range=full_range,
        colour=colour,
    )


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _parse_vui(bits: _Bits) -> tuple[bool, tuple[int, int, int] | None, int | None, int | None]:
    full_range, colour, reorder, buffered = False, None, None, None
    if bits.flag() and bits.u(8) == 255:  # aspect_ratio_idc: extended
        bits.u(32)
    if bits.flag():  # overscan
        bits.u(1)
    if bits.flag():  # video_signal_type
        bits.u(3)
        full_range = bits.flag()
        if bits.flag():
            colour = (bits.u(8), bits.u(8), bits.u(8))
    if bits.flag():  # chroma_loc_info
        bits.ue(), bits.ue()
    if bits.flag():  # timing_info
        bits.u(32), bits.u(32), bits.u(1)
    hrds = 0
    for _ in range(2):  # nal_hrd, vcl_hrd
        if bits.flag():
            hrds += 1
            count = bits.ue() + 1
            bits.u(8)
            for _ in range(count):
                bits.ue(), bits.ue(), bits.u(1)
            bits.u(20)
    if hrds:
        bits.u(1)  # low_delay_hrd_flag
    bits.u(1)  # pic_struct_present_flag
    if bits.flag():  # bitstream_restriction
        bits.u(1)
        for _ in range(4):
            bits.ue()
        reorder, buffered = bits.ue(), bits.ue()
    return full_range, colour, reorder, buffered


@dataclass(frozen=True, slots=True)
class AvcConfig:
    """An avcC box: the parameter sets that a decoder is configured with."""

    length_bytes: int  # of the length in front of every NAL unit in a sample
    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]


def parse_avcc(payload: bytes) -> AvcConfig:
    """Read the payload of an avcC box. Raises ValueError when it is cut short."""
    if len(payload) < 7 or payload[0] != 1:
        raise ValueError(f"not an avcC: {len(payload)} bytes, version {payload[:1].hex() or 'missing'}")
    at = 5
    sets: list[tuple[bytes, ...]] = []
    for mask in (31, 255):  # numOfSequenceParameterSets has five bits, numOfPictureParameterSets eight
        found = []
        count, at = payload[at] & mask if at < len(payload) else 0, at + 1
        for _ in range(count):
            size = int.from_bytes(payload[at : at + 2])
            unit = payload[at + 2 : at + 2 + size]
            if len(unit) < size or size == 0:
                raise ValueError(f"an avcC of {len(payload)} bytes with a parameter set of {size} bytes at {at}")
            found.append(unit)
            at += 2 + size
        sets.append(tuple(found))
    return AvcConfig((payload[4] & 3) + 1, sets[0], sets[1])
